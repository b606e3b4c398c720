/** Bytes of this process that are in memory, without garbage. Needs Node's `--expose-gc`. */
export async function residentMemory(): Promise<number> {
  if (globalThis.gc === undefined) throw new Error('run the tests with --expose-gc');
  for (let i = 0; i < 3; i++) {
    globalThis.gc();
    // Buffers outside the heap are freed by tasks that collection leaves behind.
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return process.memoryUsage().rss;
}
