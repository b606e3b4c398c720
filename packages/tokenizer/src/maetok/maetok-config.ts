import type { TokenizerConfig } from '../tokenizer-config.js';
import { modelOf, transformerConfig, transformerOptions } from '../transformer-config.js';
import { trunkOf } from '../trunks.js';
import { type AuxiliaryDecoderOptions, auxiliaryNames, auxiliaryTrunk } from './auxiliary-decoders.js';
import type { MAETokOptions } from './maetok.js';

/** What a valid config says about a MAETok. */
export function maetokOptions(config: TokenizerConfig): MAETokOptions {
  const { enc_token_drop: least, enc_token_drop_max: most } = config;
  return {
    ...transformerOptions(config),
    masking: least > 0 ? { least, most } : undefined,
    auxiliary: auxiliaryOptions(config),
  };
}

/** The fields of a config that say the same. */
export function maetokConfig({ masking, auxiliary, ...options }: MAETokOptions): Partial<TokenizerConfig> {
  const has = (name: (typeof auxiliaryNames)[number]): boolean => auxiliary?.features.includes(name) ?? false;
  return {
    ...transformerConfig(options),
    _class_name: 'MAETok',
    ...(masking && { enc_token_drop: masking.least, enc_token_drop_max: masking.most }),
    aux_hog_dec: has('hog'),
    aux_dino_dec: has('dino'),
    aux_clip_dec: has('clip'),
    ...(auxiliary && {
      aux_dec_model: modelOf(auxiliary.trunk ?? auxiliaryTrunk),
      aux_dec_cls_token: auxiliary.classToken ?? true,
      repa_model: 'vit_large_patch14_dinov2.lvd142m',
    }),
  };
}

function auxiliaryOptions(config: TokenizerConfig): AuxiliaryDecoderOptions | undefined {
  const features = auxiliaryNames.filter((name) => config[`aux_${name}_dec`]);
  if (features.length === 0) return undefined;
  return { features, trunk: trunkOf(config.aux_dec_model), classToken: config.aux_dec_cls_token };
}
