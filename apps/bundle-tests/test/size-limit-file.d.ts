declare module '@size-limit/file' {
  /** A plugin of size-limit: measures files as they are or compressed. */
  const plugin: (...args: never[]) => unknown;
  export default plugin;
}
