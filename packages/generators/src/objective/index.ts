export {
  GeneratorObjective,
  type GeneratorObjectiveOptions,
  type TrainableGenerator,
} from './generator-objective.js';
export type {
  GeneratorLosses,
  GeneratorStep,
  GeneratorSteps,
  GeneratorTrainingState,
  LatentTrainingBatch,
} from './training-state.js';
