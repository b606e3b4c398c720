import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HubError } from './hub-error.js';
import { type HubRequests, networkError } from './hub-fetch.js';
import type { HubOptions } from './hub-options.js';
import type { HubFile } from './hub-repository.js';
import { acquireLease, type Lease, LeaseLost } from './lease.js';
import { openRemote, type RemoteBytes, wrongSize } from './open-remote.js';
import { PartialFile } from './partial-file.js';
import { type ReportProgress, throttleProgress } from './progress.js';
import type { RepositoryCache } from './repository-cache.js';
import { withRetries } from './retry.js';

/**
 * Brings a file into the cache, unless it is there: resumes what an interrupted download left, checks the size and
 * the hash, and only then gives the file its name. One process at a time downloads a file; the others wait for it.
 *
 * @throws HubError, or the reason of the signal. What has arrived is then kept for the next time, unless it was wrong.
 */
export async function downloadFile(
  requests: HubRequests,
  cache: RepositoryCache,
  file: HubFile,
  onProgress: HubOptions['onProgress'],
): Promise<void> {
  const report = throttleProgress(file, onProgress);
  const blob = cache.blob(file.hash.hex);
  await mkdir(dirname(blob), { recursive: true });
  while (!(await cache.hasBlob(file.hash.hex, file.size))) {
    const lease = await acquireLease(`${blob}.lock`, {
      signal: requests.signal,
      onWait: () => report('waiting', 0),
    });
    try {
      // It may have come while this call waited.
      if (await cache.hasBlob(file.hash.hex, file.size)) break;
      await downloadBlob(requests, blob, file, lease, report);
    } catch (error) {
      if (!(error instanceof LeaseLost)) throw error;
    } finally {
      await lease.release();
    }
  }
  await cache.addToSnapshot(file.commit, file.path, file.hash.hex);
  report('done', file.size);
}

async function downloadBlob(
  requests: HubRequests,
  blob: string,
  file: HubFile,
  lease: Lease,
  report: ReportProgress,
): Promise<void> {
  const path = `${blob}.partial`;
  const partial = await PartialFile.open(path, file, { signal: requests.signal, report });
  let isWrong = false;
  try {
    const resumed = partial.position > 0;
    await fill(requests, file, partial, lease, report);
    if (!(await partial.isComplete())) {
      // What was left may have been damaged, when the machine failed; once more, from the first byte.
      await partial.clear();
      if (resumed) await fill(requests, file, partial, lease, report);
      if (!resumed || !(await partial.isComplete())) throw wrongHash(file);
    }
    await lease.confirm();
  } catch (error) {
    isWrong = error instanceof HubError && /^(size|hash)-mismatch$/.test(error.reason);
    throw error;
  } finally {
    await partial.close();
    if (isWrong) await rm(path, { force: true });
  }
  await rename(path, blob);
}

/** Downloads what is missing, over as many connections as it takes. */
async function fill(
  requests: HubRequests,
  file: HubFile,
  partial: PartialFile,
  lease: Lease,
  report: ReportProgress,
): Promise<void> {
  await partial.requireSpace();
  let furthest = partial.position;
  await withRetries(async (advanced) => {
    if (partial.position === file.size) return;
    const { start, chunks } = await openRemote(requests, file, partial.position);
    if (start !== partial.position) await partial.clear();
    report('downloading', partial.position);
    for await (const chunk of received(requests, file, chunks)) {
      await lease.confirm();
      if (partial.position + chunk.byteLength > file.size) throw wrongSize(file, 'more');
      await partial.append(chunk);
      report('downloading', partial.position);
      if (partial.position > furthest) {
        furthest = partial.position;
        advanced();
      }
    }
    // A server may also send less than it was asked for, and wait to be asked again.
    if (partial.position < file.size) throw networkError(new Error('it stopped early'), requests, file.path);
  }, requests.signal);
}

async function* received(requests: HubRequests, file: HubFile, chunks: RemoteBytes['chunks']) {
  try {
    yield* chunks;
  } catch (error) {
    throw networkError(error, requests, file.path);
  }
}

function wrongHash({ repository, path, hash }: HubFile): HubError {
  return new HubError(
    'hash-mismatch',
    `${path} of ${repository} arrived damaged: its ${hash.kind === 'git' ? 'git' : 'SHA-256'} hash is not ${hash.hex}. ` +
      'It was discarded; try again later, or another endpoint',
    { repository, file: path },
  );
}
