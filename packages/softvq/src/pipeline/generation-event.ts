import type { Picture } from '@softvq/data';
import type { GeneratedImages } from './image-pipeline.js';

/** What happens while images are made. `progress` is the share of the work that is done, where anybody can know. */
export type GenerationEvent =
  | {
      readonly type: 'start';
      readonly images: number;
      /** How many batches they are split into. */
      readonly batches: number;
      /** Of each batch; unknown for adaptive samplers. */
      readonly steps: number | undefined;
      readonly progress: 0;
    }
  | {
      readonly type: 'step';
      /** From 0. */
      readonly batch: number;
      /** Of this batch, from 1. */
      readonly step: number;
      readonly steps: number | undefined;
      /** Of the network, in this batch so far. */
      readonly evaluations: number;
      readonly progress: number | undefined;
      /** The images of this batch as they would be now, if previews were asked for. */
      readonly previews?: readonly Picture[];
    }
  | {
      readonly type: 'decode';
      /** Images. */
      readonly done: number;
      readonly total: number;
      readonly progress: number;
    }
  | { readonly type: 'done'; readonly result: GeneratedImages; readonly progress: 1 };
