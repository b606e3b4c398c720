import type { Tokenizer } from '@softvq/core';
import { AE } from './ae.js';
import { convolutionalConfig, convolutionalOptions } from './convolutional/convolutional-config.js';
import { ConvolutionalKL } from './convolutional/convolutional-kl.js';
import { ConvolutionalVQ } from './convolutional/convolutional-vq.js';
import { KL } from './kl.js';
import { MAETok } from './maetok/maetok.js';
import { maetokConfig, maetokOptions } from './maetok/maetok-config.js';
import { SoftVQ } from './softvq.js';
import { parseTokenizerConfig, type TokenizerConfig } from './tokenizer-config.js';
import { transformerConfig, transformerOptions } from './transformer-config.js';
import { VQ } from './vq.js';

/** The tokenizers of this library, which a `config.json` can describe. */
export type AnyTokenizer = SoftVQ | VQ | KL | AE | MAETok | ConvolutionalVQ | ConvolutionalKL;

const classes = [SoftVQ, VQ, KL, AE, MAETok, ConvolutionalVQ, ConvolutionalKL];

/** Whether a tokenizer is one of this library, and not a plugin's. */
export function isBuiltIn(tokenizer: Tokenizer): tokenizer is AnyTokenizer {
  return classes.some((each) => tokenizer instanceof each);
}

/**
 * The tokenizer that a config describes, with initial values. They are made when first needed, if ever.
 *
 * @throws ArgumentError, which says what to change, for a config that `parseTokenizerConfig` refuses.
 */
export function createTokenizer(fields: Partial<TokenizerConfig>): AnyTokenizer {
  const config = parseTokenizerConfig(fields);
  return config.enc_type === 'cnn' ? convolutional(config) : transformer(config);
}

/** What a `config.json` says about a tokenizer. Settings of its training are not part of it. */
export function configOf(tokenizer: AnyTokenizer): Partial<TokenizerConfig> {
  if (tokenizer instanceof SoftVQ) {
    const { codebooks, temperature = 0.07 } = tokenizer.options;
    return {
      ...transformerConfig(tokenizer.options),
      ...codebookConfig(tokenizer.options),
      _class_name: 'SoftVQ',
      num_codebooks: codebooks,
      tau: temperature,
    };
  }
  if (tokenizer instanceof VQ) {
    const { options } = tokenizer;
    return { ...transformerConfig(options), ...codebookConfig(options), _class_name: 'VQ' };
  }
  if (tokenizer instanceof ConvolutionalVQ) {
    const { options } = tokenizer;
    return { ...convolutionalConfig(options), ...codebookConfig(options), _class_name: 'VQ' };
  }
  if (tokenizer instanceof ConvolutionalKL) {
    return { ...convolutionalConfig(tokenizer.options), _class_name: 'KL' };
  }
  if (tokenizer instanceof MAETok) return maetokConfig(tokenizer.options);
  return { ...transformerConfig(tokenizer.options), _class_name: tokenizer instanceof KL ? 'KL' : 'AE' };
}

function transformer(config: TokenizerConfig): AnyTokenizer {
  const options = transformerOptions(config);
  switch (config._class_name) {
    case 'VQ':
      return new VQ({ ...options, ...codebookOptions(config) });
    case 'KL':
      return new KL(options);
    case 'AE':
      return new AE(options);
    case 'MAETok':
      return new MAETok(maetokOptions(config));
    default:
      return new SoftVQ({
        ...options,
        ...codebookOptions(config),
        codebooks: config.num_codebooks,
        temperature: config.tau,
      });
  }
}

function convolutional(config: TokenizerConfig): AnyTokenizer {
  const options = convolutionalOptions(config);
  return config._class_name === 'VQ'
    ? new ConvolutionalVQ({ ...options, ...codebookOptions(config) })
    : new ConvolutionalKL(options);
}

function codebookOptions({ codebook_size, codebook_l2_norm }: TokenizerConfig) {
  return { codebookSize: codebook_size, normalized: codebook_l2_norm };
}

function codebookConfig({ codebookSize, normalized = true }: { codebookSize: number; normalized?: boolean }) {
  return { codebook_size: codebookSize, codebook_l2_norm: normalized };
}
