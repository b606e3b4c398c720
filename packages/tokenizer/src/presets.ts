import type { MAETokOptions } from './maetok/maetok.js';
import type { SoftVQOptions } from './softvq.js';
import { trunks } from './trunks.js';
import type { TrunkOptions } from './vision-transformer.js';

const { small, base, large } = trunks;

/** Every SoftVQ keeps 2048 numbers of an image: twice the width for half the tokens. */
const numbersOfLatents = 2048;

/**
 * The models of the SoftVQ paper, with the statistics of their latents on ImageNet. All were released but the small ones.
 *
 * `softvq-l-32` and `softvq-l-32-512` have the base encoder, whatever their names say: so do the released files.
 */
export const presets = {
  'softvq-s-64': preset(small, small, 64, -0.0009900038, 0.06745294),
  'softvq-s-32': preset(small, small, 32, 0.00020753492, 0.029780312),
  'softvq-b-64': preset(base, base, 64, -0.003192751, 0.07235257),
  'softvq-b-32': preset(base, base, 32, -0.0001770356, 0.029009325),
  'softvq-bl-64': preset(base, large, 64, -0.00077168207, 0.07157949),
  'softvq-bl-32': preset(base, large, 32, 0.0010870857, 0.028672216),
  'softvq-l-64': preset(large, large, 64, 0.0009714666, 0.07259091),
  'softvq-l-32': preset(base, large, 32, 0.00060894643, 0.029030401),
  'softvq-bl-64-512': preset(base, large, 64, -0.0021498345, 0.073663734, 512),
  'softvq-l-32-512': preset(base, large, 32, -0.0011922447, 0.028908715, 512),
} as const;

export type PresetName = keyof typeof presets;

function preset(
  encoder: TrunkOptions,
  decoder: TrunkOptions,
  latentTokens: number,
  mean: number,
  std: number,
  imageSize = 256,
): SoftVQOptions {
  return {
    imageSize,
    patchSize: 16,
    latentTokens,
    latentWidth: numbersOfLatents / latentTokens,
    codebooks: 4,
    codebookSize: 8192,
    temperature: 0.07,
    encoder,
    decoder,
    latentStatistics: { mean, std },
  };
}

/** The published models of MAETok. Statistics of their latents are not published: `LatentMoments` measures them. */
export const maetokPresets = {
  'maetok-b-128': maetok(256),
  'maetok-b-512': maetok(512),
} as const;

export type MAETokPresetName = keyof typeof maetokPresets;

function maetok(imageSize: number): MAETokOptions {
  return {
    imageSize,
    patchSize: 16,
    latentTokens: 128,
    latentWidth: 32,
    encoder: base,
    decoder: { ...base, modulated: true },
    decoderClassToken: false,
    decoderDropPath: 0.05,
    rotary: { kind: 'mixed', base: 10 },
    masking: { least: 0.4, most: 0.6 },
  };
}
