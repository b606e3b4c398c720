import { resolve } from 'node:path';
import { getHFHubCachePath } from '@huggingface/hub';
import { downloadFile } from './download-file.js';
import { HubError } from './hub-error.js';
import { type HubRequests, missingFile } from './hub-fetch.js';
import { type HubId, isCommit } from './hub-id.js';
import { completeOptions, type HubOptions } from './hub-options.js';
import { askCommit, askFiles, type HubFile } from './hub-repository.js';
import { findAbsent, indexOf, readShards } from './needed-files.js';
import { RepositoryCache } from './repository-cache.js';

/** The snapshot of a revision in the cache, once it has all the files. */
export async function downloadModel(
  id: HubId,
  files: readonly string[],
  options: HubOptions,
): Promise<string> {
  const settings = completeOptions(options, getHFHubCachePath);
  const cache = new RepositoryCache(resolve(settings.cacheFolder), id.repository);
  const requests: HubRequests = { id, settings, signal: options.signal };
  try {
    if (settings.offline || isCommit(id.revision)) {
      const cached = await findCached(cache, id, files);
      if (cached.absent === undefined) return cached.folder;
      if (settings.offline) throw offlineError(id, cached.absent, settings.cacheFolder);
    }
    const commit = await currentCommit(requests, cache, files);
    if ((await cache.commitOf(id.revision)) === undefined) await cache.rememberCommit(id.revision, commit);
    await downloadAbsent(requests, cache, commit, files, options.onProgress);
    // A revision that moved is followed only now: until all is there, it means offline what it meant before.
    await cache.rememberCommit(id.revision, commit);
    return cache.snapshot(commit);
  } catch (error) {
    throw fileSystemError(error, id, settings.cacheFolder);
  }
}

async function findCached(
  cache: RepositoryCache,
  id: HubId,
  files: readonly string[],
): Promise<
  | { readonly folder: string; readonly commit: string; readonly absent: undefined }
  | { readonly absent: string }
> {
  const commit = await cache.commitOf(id.revision);
  if (commit === undefined) return { absent: files[0]! };
  const absent = await findAbsent(cache, commit, files);
  return absent === undefined ? { folder: cache.snapshot(commit), commit, absent } : { absent };
}

/** What the revision is now, or was when it was last downloaded if the hub cannot be reached. */
async function currentCommit(
  requests: HubRequests,
  cache: RepositoryCache,
  files: readonly string[],
): Promise<string> {
  if (isCommit(requests.id.revision)) return requests.id.revision;
  try {
    return await askCommit(requests);
  } catch (error) {
    if (!(error instanceof HubError) || error.retryAfter === undefined) throw error;
    const cached = await findCached(cache, requests.id, files);
    if (cached.absent !== undefined) throw error;
    return cached.commit;
  }
}

async function downloadAbsent(
  requests: HubRequests,
  cache: RepositoryCache,
  commit: string,
  names: readonly string[],
  onProgress: HubOptions['onProgress'],
): Promise<void> {
  if ((await findAbsent(cache, commit, names)) === undefined) return;
  const get = async (file: HubFile) => {
    if (!(await cache.has(commit, file.path))) await downloadFile(requests, cache, file, onProgress);
  };
  const indices = names.map(indexOf).filter((index) => index !== undefined);
  const known = await askFiles(requests, commit, [...new Set([...names, ...indices])]);
  // All are looked up before the first is downloaded, which may take an hour.
  const found = names.map(
    (name) => known.get(name) ?? known.get(indexOf(name) ?? name) ?? missing(requests.id, name),
  );
  for (const file of found) {
    await get(file);
    if (names.includes(file.path)) continue;
    const shards = await readShards(cache.snapshot(commit), file.path);
    const knownShards = await askFiles(requests, commit, shards);
    const foundShards = shards.map((name) => knownShards.get(name) ?? missing(requests.id, name));
    for (const shard of foundShards) await get(shard);
  }
}

function missing(id: HubId, file: string): never {
  throw new HubError('missing-file', missingFile(id, file), { repository: id.repository, file });
}

function offlineError({ repository, revision }: HubId, file: string, cacheFolder: string): HubError {
  return new HubError(
    'offline',
    `${file} of ${repository} at ${revision} is not in ${cacheFolder}, and offline mode forbids to download it: run ` +
      'once without HF_HUB_OFFLINE and the option offline, or name the folder that has it',
    { repository, file },
  );
}

/** Errors of Node about files, which are about the cache here. */
function fileSystemError(error: unknown, { repository }: HubId, cacheFolder: string): unknown {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return error;
  const isFull = error.code === 'ENOSPC' || error.code === 'EDQUOT';
  return new HubError(
    isFull ? 'disk-full' : 'cache',
    `${repository} could not be kept in ${cacheFolder}: ${error.message}. ` +
      `${isFull ? 'Make room' : 'Check the folder'}, or name another by HF_HUB_CACHE or the option cacheFolder`,
    { repository, cause: error },
  );
}
