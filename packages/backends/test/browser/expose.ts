/** Functions of a page that its test may call. Arguments and results are copied: plain data and typed arrays. */
export type PageFunctions = Readonly<Record<string, (...args: never[]) => unknown>>;

/** An error on its way to the test. */
export interface ThrownInPage {
  readonly name: string;
  readonly message: string;
  /** Of errors of this library. */
  readonly code: string | undefined;
}

export type Outcome = { readonly value: unknown } | { readonly thrown: ThrownInPage };

declare global {
  /** How the test calls into the page. */
  var callPage: ((name: string, args: readonly unknown[]) => Promise<Outcome>) | undefined;
}

/** Makes functions callable from the test that opened the page. Each page module calls it once. */
export function expose(functions: PageFunctions): void {
  globalThis.callPage = async (name, args) => {
    try {
      return { value: await functions[name]!(...(args as never[])) };
    } catch (error) {
      return { thrown: describeError(error) };
    }
  };
}

function describeError(error: unknown): ThrownInPage {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), code: undefined };
  const { name, message, code } = error as Error & { readonly code?: unknown };
  return { name, message, code: typeof code === 'string' ? code : undefined };
}
