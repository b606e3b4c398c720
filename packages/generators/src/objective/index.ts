export {
  GeneratorObjective,
  type GeneratorObjectiveOptions,
  type TrainableGenerator,
} from './generator-objective.js';
export type { GeneratorStep, GeneratorTrainingState, LatentTrainingBatch } from './training-state.js';
