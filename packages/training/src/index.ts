export {
  describeFields,
  type FieldDescription,
  type FieldType,
} from './config/describe-fields.js';
export {
  type GeneratorTrainingConfig,
  type GeneratorTrainingInput,
  generatorTrainingFields,
  parseGeneratorTraining,
} from './config/generator-config.js';
export {
  parseTokenizerTraining,
  type TokenizerTrainingConfig,
  type TokenizerTrainingInput,
  tokenizerTrainingFields,
} from './config/tokenizer-config.js';
export { openSplits, type Splits } from './dataset/open-splits.js';
export { type GeneratorTrainingOptions, trainGenerator } from './generator/train-generator.js';
export { type GeneratorTrainingRecord, readTrainingRecord } from './generator/training-record.js';
export { assertJoins, type LatentSpace } from './latents/assert-joins.js';
export { type CachedLatents, type CacheLatentsOptions, cacheLatents } from './latents/cache-latents.js';
export { type TokenizerIdentityOptions, tokenizerIdentity } from './latents/tokenizer-identity.js';
export { type TrainOptions, train } from './loop/train.js';
export type {
  CheckpointEvent,
  DoneEvent,
  EvaluationEvent,
  ProgressEvent,
  StartEvent,
  TrainingEvent,
  WaitingEvent,
} from './loop/training-event.js';
export type {
  Advance,
  Evaluation,
  EvaluationPicture,
  FinishedModel,
  TrainingTask,
} from './loop/training-task.js';
export { trainTokenizer } from './tokenizer/train-tokenizer.js';
export { TrainingDivergedError } from './training-error.js';
export type { TrainingOptions } from './training-options.js';
