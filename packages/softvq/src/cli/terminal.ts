/** Where text goes: a stream of the process, or a list in tests. */
export interface Output {
  write(text: string): void;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** What a command line runs in. */
export interface Terminal {
  /** Results. */
  readonly stdout: Output;
  /** Progress, remarks and errors. */
  readonly stderr: Output;
  /** Aborted by Ctrl-C, with an `InterruptedError`. */
  readonly signal: AbortSignal;
}
