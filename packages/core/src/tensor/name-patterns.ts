/** Names of parameters: one name, the name of a module and so everything in it, or an expression to be found. */
export type NamePattern = string | RegExp;

/** Whether any of the patterns covers a name. */
export function matchesName(patterns: readonly NamePattern[], name: string): boolean {
  return patterns.some((pattern) =>
    typeof pattern === 'string'
      ? name === pattern || name.startsWith(`${pattern}.`)
      : name.search(pattern) >= 0,
  );
}
