import type { DiTOptions } from '../dit.js';
import { flag, oneOf, optional, positive, type Rule, size, type ValuesOf } from './field.js';
import {
  transformerConfig,
  transformerFields,
  transformerOptions,
  transformerRules,
} from './transformer-config.js';

/** The fields of official files, and those that say more than they do. */
export const ditFields = {
  ...transformerFields,
  _class_name: oneOf(['DiT'], 'DiT'),
  /** Whether the network predicts variances. */
  learn_sigma: flag(true),
  qk_norm: flag(false),
  /** Of the noise. Where it is not said, cosine for tokens and linear for grids, as the official models are trained. */
  noise_schedule: optional(oneOf(['linear', 'cosine'])),
  diffusion_steps: size(1000),
  /** Without `learn_sigma`. */
  fixed_variance: optional(oneOf(['large', 'small'])),
  min_snr: optional(positive(5)),
  /** Bound of what samplers estimate of the latents. */
  clip_denoised: optional(positive(6)),
};

/** The `config.json` of a DiT. */
export type DiTConfig = ValuesOf<typeof ditFields>;

export const ditRules: readonly Rule<DiTConfig>[] = [
  ...transformerRules,
  {
    broken: ({ learn_sigma, fixed_variance }) => learn_sigma && fixed_variance !== undefined,
    advice: '"fixed_variance" contradicts "learn_sigma": remove it, or set "learn_sigma" to false',
  },
  {
    broken: ({ diffusion_steps }) => diffusion_steps < 2,
    advice: '"diffusion_steps" must be 2 or more',
  },
];

export function ditOptions(config: DiTConfig): DiTOptions {
  const { learn_sigma, fixed_variance, noise_schedule, min_snr, clip_denoised } = config;
  return {
    ...transformerOptions(config),
    qkNorm: config.qk_norm,
    schedule: noise_schedule ?? (config.vae_1d ? 'cosine' : 'linear'),
    trainingSteps: config.diffusion_steps,
    variance: learn_sigma ? 'learned-range' : `fixed-${fixed_variance ?? 'large'}`,
    ...(min_snr !== undefined && { minSnr: min_snr }),
    ...(clip_denoised !== undefined && { clipDenoised: clip_denoised }),
  };
}

export function ditConfig(options: DiTOptions): DiTConfig {
  const { variance = 'learned-range', schedule = 'linear', trainingSteps = 1000 } = options;
  return {
    ...transformerConfig(options),
    _class_name: 'DiT',
    learn_sigma: variance === 'learned-range',
    qk_norm: options.qkNorm ?? false,
    noise_schedule: schedule,
    diffusion_steps: trainingSteps,
    fixed_variance: variance === 'learned-range' ? undefined : variance === 'fixed-large' ? 'large' : 'small',
    min_snr: options.minSnr,
    clip_denoised: options.clipDenoised,
  };
}
