import { HubError } from './hub-error.js';
import { createHubFetch, type HubRequests } from './hub-fetch.js';
import type { HubFile } from './hub-repository.js';

export interface RemoteBytes {
  /** Of which byte of the file the first one is: where it was asked for, or 0 from a server that knows no ranges. */
  readonly start: number;
  readonly chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/**
 * Asks for the bytes of a file from a position to its end.
 *
 * @throws HubError, of the reason `size-mismatch` when the server has another size than the hub announced.
 */
export async function openRemote(requests: HubRequests, file: HubFile, from: number): Promise<RemoteBytes> {
  const { endpoint } = requests.settings;
  const path = file.path.split('/').map(encodeURIComponent).join('/');
  const response = await createHubFetch(requests, file.path)(
    `${endpoint}/${file.repository}/resolve/${file.commit}/${path}`,
    {
      // Positions in compressed bytes would mean nothing.
      headers: { 'Accept-Encoding': 'identity', ...(from > 0 ? { Range: `bytes=${from}-` } : {}) },
    },
  ).catch((error: unknown) => {
    // There is nothing at that position.
    if (error instanceof HubError && error.status === 416) throw wrongSize(file, 'fewer');
    throw error;
  });
  try {
    const { start, size } = rangeOf(response);
    if (size !== undefined && size !== file.size) throw wrongSize(file, size);
    if (start !== 0 && start !== from) {
      throw new HubError(
        'server',
        `${endpoint} sent ${file.path} from byte ${start}, not ${from}. Try again later`,
        {
          repository: file.repository,
          file: file.path,
          status: response.status,
          retryAfter: 0,
        },
      );
    }
    return { start, chunks: (response.body as AsyncIterable<Uint8Array> | null) ?? [] };
  } catch (error) {
    await response.body?.cancel();
    throw error;
  }
}

export function wrongSize(file: HubFile, size: number | string): HubError {
  return new HubError(
    'size-mismatch',
    `${file.path} of ${file.repository} should have ${file.size} bytes and has ${size}; what arrived was discarded. ` +
      'Try again later, or another endpoint',
    { repository: file.repository, file: file.path },
  );
}

/** Where an answer starts and how large the whole file is, when it says so. */
function rangeOf({ status, headers }: Response): { start: number; size: number | undefined } {
  if (status === 206) {
    const [, start, size] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('Content-Range') ?? '') ?? [];
    return {
      start: Number(start ?? Number.NaN),
      size: size === undefined || size === '*' ? undefined : Number(size),
    };
  }
  const length = headers.get('Content-Encoding') === null ? headers.get('Content-Length') : null;
  return { start: 0, size: length === null ? undefined : Number(length) };
}
