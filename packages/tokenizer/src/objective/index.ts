export { type AlignmentTermOptions, alignmentTerm, type FeatureNetwork } from './alignment-term.js';
export { type AuxiliaryTermsOptions, auxiliaryTerms } from './auxiliary-terms.js';
export {
  bottleneckTerms,
  codebookTerm,
  commitmentTerm,
  divergenceTerm,
  entropyTerm,
} from './bottleneck-terms.js';
export { defaultForward } from './default-forward.js';
export type { LossContext, LossTerm, LossTerms, TokenizerPass } from './loss-term.js';
export { type MAETokPass, maetokForward } from './maetok-forward.js';
export type {
  AdversarialOptions,
  DiscriminatorLossName,
  GeneratorLossName,
  PassOf,
  TokenizerForward,
  TokenizerObjectiveOptions,
  TrainableTokenizer,
} from './objective-options.js';
export {
  type TokenizerLearningRateOptions,
  type TokenizerOptimizerOptions,
  tokenizerLearningRate,
  tokenizerOptimizer,
} from './optimizer-defaults.js';
export {
  type PerceptualTermOptions,
  perceptualTerm,
  type ReconstructionTermOptions,
  reconstructionTerm,
} from './pixel-terms.js';
export { TokenizerObjective } from './tokenizer-objective.js';
export type {
  DiscriminatorState,
  GeneratorState,
  TokenizerLosses,
  TokenizerStep,
  TokenizerSteps,
  TokenizerTrainingState,
} from './training-state.js';
