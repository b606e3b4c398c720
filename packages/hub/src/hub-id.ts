import { ArgumentError } from '@softvq/core';

/** A repository of models at one of its revisions. */
export interface HubId {
  /** `owner/name` */
  readonly repository: string;
  readonly revision: string;
}

/**
 * Reads `owner/name` or `owner/name@revision`.
 *
 * @throws ArgumentError for anything else, and when the revision is also given as an option and differs.
 */
export function parseHubId(source: string, revision?: string): HubId {
  const at = source.indexOf('@');
  const repository = at < 0 ? source : source.slice(0, at);
  if (!isRepositoryName(repository)) {
    throw new ArgumentError(
      `${JSON.stringify(source)} does not exist here, and is not the id of a model on the hub: owner/name`,
    );
  }
  const inSource = at < 0 ? undefined : source.slice(at + 1);
  if (inSource !== undefined && revision !== undefined && inSource !== revision) {
    throw new ArgumentError(`${JSON.stringify(source)} contradicts the revision ${JSON.stringify(revision)}`);
  }
  return { repository, revision: checkRevision(inSource ?? revision ?? 'main') };
}

/** A commit is the name of what it holds: what was downloaded for it never changes. */
export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision);
}

/**
 * Whether a name is one of a file inside a folder, whatever the platform: never of one above it or elsewhere.
 */
export function isInnerFileName(name: unknown): name is string {
  return typeof name === 'string' && name.split('/').every((part) => /^(?!\.\.?$)[^\\:\p{Cc}]+$/u.test(part));
}

function isRepositoryName(name: string): boolean {
  // What the hub allows; two dashes would be ambiguous as the name of a folder in the cache.
  return /^[A-Za-z0-9_][\w.-]*\/[A-Za-z0-9_][\w.-]*$/.test(name) && !/--|\.\./.test(name);
}

function checkRevision(revision: string): string {
  // It becomes the path of a file in the cache.
  if (isInnerFileName(revision) && !/[\s~^?*[@]|\.\./.test(revision)) return revision;
  throw new ArgumentError(
    `${JSON.stringify(revision)} is no revision: name a branch, a tag or a commit of the repository`,
  );
}
