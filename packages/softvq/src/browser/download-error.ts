import { SoftVQError } from '@softvq/core';

/**
 * - `missing`: the server has no such file.
 * - `refused`: it answered with another failure.
 * - `network`: it could not be reached, the connection broke, or pages of this origin may not read what it has.
 */
export type DownloadErrorReason = 'missing' | 'refused' | 'network';

/** A file that could not be had from its address. The message says what was wrong and what to do about it. */
export class DownloadError extends SoftVQError {
  override readonly name = 'DownloadError';
  readonly reason: DownloadErrorReason;
  readonly url: string;

  constructor(reason: DownloadErrorReason, url: string, message: string, options?: ErrorOptions) {
    super('download', `${url} could not be loaded: ${message}`, options);
    this.reason = reason;
    this.url = url;
  }
}

/** Whether it says that the server has no such file. */
export function isMissing(error: unknown): boolean {
  return error instanceof DownloadError && error.reason === 'missing';
}
