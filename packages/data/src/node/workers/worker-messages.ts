import type { PreparationSlot, PreparationTask, PreparedPictures } from '../../dataset/picture-dataset.js';

/** What a loading thread is asked. */
export interface WorkerRequest extends PreparationTask {
  readonly id: number;
  readonly slots: readonly (PreparationSlot & { readonly path: string })[];
}

/** What it answers. Kept pictures are in shared memory, so that later requests can hand them to any thread. */
export type WorkerReply =
  | { readonly id: number; readonly prepared: PreparedPictures }
  | { readonly id: number; readonly error: string };
