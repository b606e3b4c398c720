/** A member to write. */
export interface ZipInput {
  readonly name: string;
  readonly chunks: AsyncGenerator<Uint8Array, void, void>;
}

/** Writes a zip archive, in pieces, the members one after the other. Nothing in it depends on the clock. */
export async function* encodeZip(
  members: readonly ZipInput[],
  compress: boolean,
): AsyncGenerator<Uint8Array, void, void> {
  // Loaded here, so that a program which writes only safetensors never does.
  const { ZipWriter } = await import('@zip.js/zip.js/lib/zip-core-native.js');
  const pipe = new TransformStream<Uint8Array, Uint8Array>();
  const writer = new ZipWriter(pipe.writable, {
    level: compress ? 6 : 0,
    useWebWorkers: false,
    extendedTimestamp: false,
    lastModDate: new Date(1980, 0, 1),
  });
  const reader = pipe.readable.getReader();

  async function writeAll(): Promise<void> {
    for (const { name, chunks } of members) await writer.add(name, streamOf(chunks));
    await writer.close();
  }

  let failure: unknown;
  const writing = writeAll().catch((error: unknown) => {
    failure = error;
    // Wakes the loop below, which waits for bytes that will not come.
    return reader.cancel(error);
  });
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      yield value;
    }
    await writing;
    if (failure !== undefined) throw failure;
  } finally {
    // Left early or failed: nothing may go on running.
    await reader.cancel();
    await writing;
    await Promise.all(members.map(({ chunks }) => chunks.return()));
  }
}

function streamOf(chunks: AsyncGenerator<Uint8Array, void, void>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
}
