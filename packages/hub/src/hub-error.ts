import { SoftVQError } from '@softvq/core';

/**
 * - `unknown-repository`, `unknown-revision`, `missing-file`: the hub has no such thing.
 * - `unauthorized`: it may have it, but not for this token, or not without one.
 * - `network`: the hub could not be reached, or the connection broke and did not come back.
 * - `server`: the hub answered with a failure, or with something that no hub says.
 * - `offline`: the file is not in the cache, and offline mode forbids to download it.
 * - `size-mismatch`, `hash-mismatch`: what arrived is not what the hub had announced. It was discarded.
 * - `disk-full`, `cache`: the cache has no room for the file, or cannot be read or written.
 */
export type HubErrorReason =
  | 'unknown-repository'
  | 'unknown-revision'
  | 'missing-file'
  | 'unauthorized'
  | 'network'
  | 'server'
  | 'offline'
  | 'size-mismatch'
  | 'hash-mismatch'
  | 'disk-full'
  | 'cache';

export interface HubErrorDetails extends ErrorOptions {
  readonly repository: string;
  readonly file?: string | undefined;
  readonly status?: number | undefined;
  readonly retryAfter?: number | undefined;
}

/** A model that could not be had from a hub. The message says what was wrong and what to do about it. */
export class HubError extends SoftVQError {
  override readonly name = 'HubError';
  readonly reason: HubErrorReason;
  /** `owner/name` */
  readonly repository: string;
  /** The file in the repository, when it is about one. */
  readonly file: string | undefined;
  /** The HTTP status, when there was an answer. */
  readonly status: number | undefined;
  /** After how many seconds another try may succeed; undefined when it would fail again. */
  readonly retryAfter: number | undefined;

  constructor(reason: HubErrorReason, message: string, details: HubErrorDetails) {
    super('hub', message, details);
    // Downloads go on by themselves: the caller that the message would name is always this package.
    this.message = message;
    this.reason = reason;
    this.repository = details.repository;
    this.file = details.file;
    this.status = details.status;
    this.retryAfter = details.retryAfter;
  }
}
