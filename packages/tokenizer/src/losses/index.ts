export { entropyLoss } from '../soft-quantizer.js';
export {
  type DiscriminatorLoss,
  type GeneratorLoss,
  hingeDiscriminatorLoss,
  hingeGeneratorLoss,
  nonSaturatingDiscriminatorLoss,
  nonSaturatingGeneratorLoss,
  vanillaDiscriminatorLoss,
} from './adversarial.js';
export {
  type AugmentationName,
  adjustBrightness,
  adjustContrast,
  adjustSaturation,
  cutOut,
  type DiffAugmentDraws,
  type DiffAugmentPolicy,
  diffAugment,
  type Offsets,
  strongAugmentation,
  translate,
  weakAugmentation,
} from './diff-augment.js';
export { type DiffAugmentBatch, drawDiffAugment } from './diff-augment-draws.js';
export { type DinoCrop, drawDinoCrop, toDinoSize } from './dino-crop.js';
export {
  DinoDiscriminator,
  type DinoDiscriminatorOptions,
  type DinoNormalization,
} from './dino-discriminator.js';
export { DinoFeatures, type DinoFeaturesOptions, dinoImageSize } from './dino-features.js';
export type { Discriminator, DiscriminatorTraining } from './discriminator.js';
export {
  initialLecamState,
  type LecamOptions,
  type LecamRegularization,
  type LecamState,
  lecamRegularization,
} from './lecam.js';
export { Lpips } from './lpips.js';
export { lpipsFromWeights } from './lpips-weights.js';
export { PatchDiscriminator, type PatchDiscriminatorOptions } from './patch-discriminator.js';
export { type ReconstructionNorm, reconstructionLoss } from './reconstruction.js';
