export { entropyLoss } from '../soft-quantizer.js';
export { adaptiveAdversarialWeight } from './adaptive-weight.js';
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
  type AlignmentMode,
  type AlignmentOptions,
  alignmentModes,
  alignmentProjector,
  type ProjectorOptions,
  representationAlignment,
} from './alignment.js';
export { consistencyRegularization, type LogitPair } from './consistency.js';
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
export { dinoAddress, dinoFromWeights } from './dino-weights.js';
export {
  DinoV2Features,
  type DinoV2FeaturesOptions,
  dinoV2Address,
  dinoV2FromWeights,
} from './dinov2-features.js';
export type { Discriminator, DiscriminatorTraining } from './discriminator.js';
export {
  initialLecamState,
  type LecamOptions,
  type LecamRegularization,
  type LecamState,
  lecamRegularization,
} from './lecam.js';
export { Lpips } from './lpips.js';
export { lpipsAddresses, lpipsFromWeights } from './lpips-weights.js';
export { MaskBitDiscriminator, type MaskBitDiscriminatorOptions } from './maskbit-discriminator.js';
export { PatchDiscriminator, type PatchDiscriminatorOptions } from './patch-discriminator.js';
export type { RandomSource } from './random-source.js';
export { type ReconstructionNorm, reconstructionLoss } from './reconstruction.js';
export { StyleGanDiscriminator, type StyleGanDiscriminatorOptions } from './stylegan-discriminator.js';
