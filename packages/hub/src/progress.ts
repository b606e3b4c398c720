/**
 * - `waiting`: another process, or another call, is downloading this file.
 * - `verifying`: the bytes of an interrupted download are read again, for the hash of the whole file.
 */
export type DownloadStatus = 'waiting' | 'verifying' | 'downloading' | 'done';

/** How far the download of one file is. A file that was in the cache already is not reported. */
export interface DownloadProgress {
  /** `owner/name` */
  readonly repository: string;
  /** The name of the file in the repository. */
  readonly file: string;
  readonly status: DownloadStatus;
  /** Bytes on disk, with those of an interrupted download before this one. */
  readonly loaded: number;
  /** Bytes of the whole file. */
  readonly total: number;
}

export type ReportProgress = (status: DownloadStatus, loaded: number) => void;

const millisecondsBetween = 100;

/** Passes on every change of status, and otherwise a few reports a second. */
export function throttleProgress(
  file: { readonly repository: string; readonly path: string; readonly size: number },
  onProgress: ((progress: DownloadProgress) => void) | undefined,
): ReportProgress {
  let lastStatus: DownloadStatus | undefined;
  let lastTime = Number.NEGATIVE_INFINITY;
  return (status, loaded) => {
    const now = performance.now();
    if (status === lastStatus && now - lastTime < millisecondsBetween) return;
    lastStatus = status;
    lastTime = now;
    onProgress?.({ repository: file.repository, file: file.path, status, loaded, total: file.size });
  };
}
