import { type ModelDescriptor, ModelRegistry, type SavedConfig, type Tokenizer } from '@softvq/core';
import type { Module } from '@softvq/core/nn';
import { type AnyTokenizer, configOf, createTokenizer } from '../create-tokenizer.js';
import type { TokenizerConfig } from '../tokenizer-config.js';

/** A tokenizer that can be loaded: its tensors are taken over from a file by their names. */
export type LoadableTokenizer = Tokenizer & Pick<Module, 'loadStateDict'>;

/** How tokenizers of one kind are saved and loaded. */
export type TokenizerDescriptor<T extends LoadableTokenizer = LoadableTokenizer> = ModelDescriptor<T>;

const builtIn = ['SoftVQ', 'VQ', 'KL', 'AE', 'MAETok'].map(
  (name): TokenizerDescriptor<AnyTokenizer> => ({
    specVersion: 1,
    name,
    create: (config) => createTokenizer(config as Partial<TokenizerConfig>),
    configOf,
  }),
);

const tokenizers = new ModelRegistry<LoadableTokenizer>('tokenizer', builtIn, createTokenizer);

/**
 * Makes tokenizers loadable by their name, from saved folders and pipelines.
 *
 * @throws ArgumentError for another version of the contract, no name, or a name that is taken.
 */
export function registerTokenizer<T extends LoadableTokenizer>(descriptor: TokenizerDescriptor<T>): void {
  tokenizers.register(descriptor);
}

/** @throws ArgumentError that lists what there is, when nothing is registered by the name. */
export function findTokenizer(name: string): TokenizerDescriptor {
  return tokenizers.find(name);
}

/** The names of all tokenizers that can be loaded. */
export function tokenizerNames(): string[] {
  return tokenizers.names();
}

/**
 * The tokenizer that a `config.json` describes, with initial values: one that is registered by its `_class_name`, or,
 * where there is none, the one that the official file's fields tell.
 *
 * @throws ArgumentError, which says what to change, for a config that cannot be used.
 */
export function createFromConfig(json: unknown): LoadableTokenizer {
  return tokenizers.create(json);
}

/**
 * What a `config.json` says about a tokenizer.
 *
 * @throws ArgumentError when tokenizers of its name are not registered.
 */
export function savedConfigOf(tokenizer: LoadableTokenizer): SavedConfig {
  return tokenizers.configOf(tokenizer);
}
