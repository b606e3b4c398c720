import type { LoaderState } from '@softvq/data';
import type { LossMeterState } from '../loop/loss-meter.js';

/** What `trainer.json` of a checkpoint says: all that is no tensor and that going on exactly needs. */
export interface TrainerRecord {
  readonly format: 'softvq-training';
  readonly formatVersion: 1;
  /** Completed steps. */
  readonly step: number;
  readonly loader: LoaderState;
  /** The whole configuration, with its defaults. */
  readonly config: unknown;
  /** What else the state belongs to, such as the tokenizer that a generator is trained on. */
  readonly identity: Readonly<Record<string, unknown>>;
  /** Losses of steps that were not logged yet. */
  readonly losses: LossMeterState;
  /** Whether the evaluation of this step is still to be made. */
  readonly evaluationPending: boolean;
  /** The best evaluation so far. */
  readonly best: BestEvaluation | null;
  /** How long each log file is, in bytes. */
  readonly logs: Readonly<Record<string, number>>;
}

export interface BestEvaluation {
  readonly step: number;
  readonly score: number;
}

export const checkpointsFolderName = 'checkpoints';
export const trainerFileName = 'trainer.json';
export const stateFileName = 'state.safetensors';

/** The folder of a step: `step-00001000`. */
export function checkpointName(step: number): string {
  return `step-${String(step).padStart(8, '0')}`;
}

/** The step of a folder's name, and undefined for other names. */
export function stepOfName(name: string): number | undefined {
  const digits = /^step-(\d{8,})$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
