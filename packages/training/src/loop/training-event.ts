import type { Evaluation, FinishedModel } from './training-task.js';

/** Another training has the output folder, and has to end first. */
export interface WaitingEvent {
  readonly type: 'waiting';
  /** How far that is will be known when it has ended. */
  readonly step: 0;
  /** The file that says so; to be removed if nobody is there any more. */
  readonly lock: string;
  /** The number of the other process, and the name of its machine. */
  readonly process: number;
  readonly host: string;
}

/** Training begins, or goes on. */
export interface StartEvent {
  readonly type: 'start';
  /** Completed steps: 0, or those of the checkpoint it goes on from. */
  readonly step: number;
  readonly steps: number;
  /** The checkpoint it goes on from. */
  readonly checkpoint?: string;
}

/** How it goes, every `logEvery` steps. */
export interface ProgressEvent {
  readonly type: 'progress';
  readonly step: number;
  readonly steps: number;
  /** Means over the steps since the last such event. */
  readonly losses: Readonly<Record<string, number>>;
  /** Pictures trained on per second, apart from evaluations and checkpoints; unknown after the first step alone. */
  readonly imagesPerSecond?: number;
  /** Until the last step, at this rate. */
  readonly secondsLeft?: number;
}

/** The model was measured. */
export interface EvaluationEvent extends Evaluation {
  readonly type: 'evaluation';
  readonly step: number;
  /** Whether no evaluation before scored higher. */
  readonly best: boolean;
}

/** A checkpoint was written. */
export interface CheckpointEvent {
  readonly type: 'checkpoint';
  readonly step: number;
  /** Its folder. */
  readonly path: string;
}

/** The model was saved, and nothing follows. */
export interface DoneEvent extends FinishedModel {
  readonly type: 'done';
  readonly step: number;
}

/** What happens in training. */
export type TrainingEvent =
  | WaitingEvent
  | StartEvent
  | ProgressEvent
  | EvaluationEvent
  | CheckpointEvent
  | DoneEvent;
