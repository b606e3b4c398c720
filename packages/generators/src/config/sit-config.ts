import type { SiTOptions } from '../sit.js';
import { flag, oneOf, optional, positive, type Rule, size, type ValuesOf } from './field.js';
import {
  transformerConfig,
  transformerFields,
  transformerOptions,
  transformerRules,
} from './transformer-config.js';

/** The fields of official files, and those that say more than they do. */
export const sitFields = {
  ...transformerFields,
  _class_name: oneOf(['SiT'], 'SiT'),
  /** Of the last layer; the same as `hidden_size`, if it is there. */
  decoder_hidden_size: optional(size()),
  qk_norm: flag(false),
  use_cfg: flag(true),
  /** `edm`, as in official files, says nothing: the path is linear then. */
  path_type: oneOf(['edm', 'linear', 'cosine', 'variance-preserving'], 'edm'),
  prediction: oneOf(['velocity', 'noise', 'score'], 'velocity'),
  time_distribution: oneOf(['uniform', 'lognormal'], 'lognormal'),
  time_shift: positive(1),
  loss_weighting: oneOf(['none', 'velocity', 'likelihood'], 'none'),
};

/** The `config.json` of a SiT. */
export type SiTConfig = ValuesOf<typeof sitFields>;

export const sitRules: readonly Rule<SiTConfig>[] = [
  ...transformerRules,
  {
    broken: ({ decoder_hidden_size, hidden_size }) =>
      decoder_hidden_size !== undefined && decoder_hidden_size !== hidden_size,
    advice: '"decoder_hidden_size" must be the same as "hidden_size"',
  },
];

export function sitOptions(config: SiTConfig): SiTOptions {
  return {
    ...transformerOptions(config),
    qkNorm: config.qk_norm,
    path: config.path_type === 'edm' ? 'linear' : config.path_type,
    prediction: config.prediction,
    times: config.time_distribution,
    timeShift: config.time_shift,
    weighting: config.loss_weighting,
  };
}

export function sitConfig(options: SiTOptions): SiTConfig {
  return {
    ...transformerConfig(options),
    _class_name: 'SiT',
    decoder_hidden_size: options.width,
    qk_norm: options.qkNorm ?? false,
    use_cfg: true,
    path_type: options.path ?? 'linear',
    prediction: options.prediction ?? 'velocity',
    time_distribution: options.times ?? 'lognormal',
    time_shift: options.timeShift ?? 1,
    loss_weighting: options.weighting ?? 'none',
  };
}
