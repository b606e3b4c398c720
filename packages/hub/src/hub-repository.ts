import { modelInfo, type PathInfo, pathsInfo } from '@huggingface/hub';
import { HubError } from './hub-error.js';
import { createHubFetch, type HubRequests } from './hub-fetch.js';
import { isCommit } from './hub-id.js';
import { withRetries } from './retry.js';

/** A file as the hub announces it. */
export interface HubFile {
  /** `owner/name` */
  readonly repository: string;
  readonly commit: string;
  /** In the repository, with slashes. */
  readonly path: string;
  readonly size: number;
  /** Large files are known by the SHA-256 of their bytes, the others by that of git: SHA-1 with a header. */
  readonly hash: { readonly kind: 'sha256' | 'git'; readonly hex: string };
}

/** Asks which commit the revision is now. */
export async function askCommit(requests: HubRequests): Promise<string> {
  const { id, settings } = requests;
  const { sha } = await ask(requests, () =>
    modelInfo({
      name: id.repository,
      revision: id.revision,
      hubUrl: settings.endpoint,
      additionalFields: ['sha'],
      fetch: createHubFetch(requests),
    }),
  );
  if (typeof sha !== 'string' || !isCommit(sha))
    throw malformed(requests, `the commit ${JSON.stringify(sha)}`);
  return sha;
}

/** Asks about some files. Those that the repository does not have are absent from the result. */
export async function askFiles(
  requests: HubRequests,
  commit: string,
  paths: readonly string[],
): Promise<ReadonlyMap<string, HubFile>> {
  const { id, settings } = requests;
  const infos = await ask(requests, () =>
    pathsInfo({
      repo: { type: 'model', name: id.repository },
      revision: commit,
      paths: [...paths],
      hubUrl: settings.endpoint,
      fetch: createHubFetch(requests),
    }),
  );
  const files = new Map<string, HubFile>();
  for (const info of infos) {
    if (info.type === 'file') files.set(info.path, readInfo(requests, commit, info));
  }
  return files;
}

function readInfo(requests: HubRequests, commit: string, { path, size, oid, lfs }: PathInfo): HubFile {
  const hash =
    lfs === undefined ? ({ kind: 'git', hex: oid } as const) : ({ kind: 'sha256', hex: lfs.oid } as const);
  // The hash becomes the name of a file.
  const expected = hash.kind === 'git' ? /^[0-9a-f]{40}$/ : /^[0-9a-f]{64}$/;
  if (typeof hash.hex !== 'string' || !expected.test(hash.hex)) {
    throw malformed(requests, `the hash ${JSON.stringify(hash.hex)} of ${path}`);
  }
  if (!Number.isSafeInteger(size) || size < 0) throw malformed(requests, `the size ${size} of ${path}`);
  return { repository: requests.id.repository, commit, path, size, hash: { kind: hash.kind, hex: hash.hex } };
}

/** The library throws what it stumbles over when an answer is not what it expects. */
async function ask<Answer>(requests: HubRequests, question: () => Promise<Answer>): Promise<Answer> {
  try {
    return await withRetries(question, requests.signal);
  } catch (error) {
    requests.signal?.throwIfAborted();
    if (error instanceof HubError) throw error;
    throw malformed(requests, 'something that cannot be read', error);
  }
}

function malformed({ id, settings }: HubRequests, what: string, cause?: unknown): HubError {
  return new HubError(
    'server',
    `${settings.endpoint} answered ${what} for ${id.repository}: is this the address of a hub? Check HF_ENDPOINT`,
    { repository: id.repository, cause },
  );
}
