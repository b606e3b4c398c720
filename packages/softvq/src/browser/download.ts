import { DownloadError } from './download-error.js';

/** How far a file is. */
export interface DownloadProgress {
  readonly url: string;
  /** Bytes. */
  readonly loaded: number;
  /** Bytes, where the server tells. */
  readonly total: number | undefined;
}

export interface DownloadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called as parts of each file arrive, the last time with all of it. */
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
}

/**
 * The bytes at an address.
 *
 * @throws DownloadError when there is no such file, the server cannot be reached, or it stops early; the signal's
 * reason once it is aborted.
 */
export async function download(url: URL, { signal, onProgress }: DownloadOptions): Promise<Uint8Array> {
  const { href } = url;
  try {
    const response = await fetch(url, { signal: signal ?? null });
    const refused = refusal(href, response);
    if (refused !== undefined) {
      await response.body?.cancel();
      throw refused;
    }
    const total = announcedBytes(response);
    const chunks: Uint8Array[] = [];
    let loaded = 0;
    for await (const chunk of chunksOf(response)) {
      chunks.push(chunk);
      loaded += chunk.byteLength;
      onProgress?.({ url: href, loaded, total });
    }
    return joined(chunks, loaded);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (error instanceof DownloadError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    const advice = 'check the connection, and that pages of this origin may read it (CORS)';
    throw new DownloadError('network', href, `${why}; ${advice}`, { cause: error });
  }
}

/** What the answer says against itself, if anything. */
function refusal(url: string, { ok, status, statusText, headers }: Response): DownloadError | undefined {
  const advice = 'check the address of the folder';
  if (status === 404) return new DownloadError('missing', url, `there is no such file (404); ${advice}`);
  if (!ok) return new DownloadError('refused', url, `the server answered ${status} ${statusText}`.trimEnd());
  // Servers of applications answer with the application where they have no file.
  const isPage = headers.get('Content-Type')?.startsWith('text/html') ?? false;
  if (isPage) return new DownloadError('missing', url, `the server sent a page in its place; ${advice}`);
  return undefined;
}

/** Of what arrives here: the length of a compressed answer says nothing about it. */
function announcedBytes({ headers }: Response): number | undefined {
  const length = headers.get('Content-Length');
  return length === null || headers.has('Content-Encoding') ? undefined : Number(length);
}

/** By its reader, as not all browsers iterate over streams. */
async function* chunksOf({ body }: Response): AsyncGenerator<Uint8Array, void, void> {
  const reader = body!.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let position = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, position);
    position += chunk.byteLength;
  }
  return bytes;
}
