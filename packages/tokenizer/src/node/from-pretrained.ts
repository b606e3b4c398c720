import { join } from 'node:path';
import { ArgumentError } from '@softvq/core';
import { selectStateDict } from '@softvq/core/io';
import { openCheckpoint, readConfigFile } from '@softvq/core/node';
import { type HubOptions, resolveModelFiles } from '@softvq/hub';
import { createFromConfig, type LoadableTokenizer } from '../registry/tokenizers.js';

/** The options of the hub are for what is downloaded; of them a local model regards the signal only. */
export interface FromPretrainedOptions extends HubOptions {
  /** Which weights of a training checkpoint that holds several: 'ema', 'model'. */
  readonly entry?: string;
  /** In place of the `config.json` beside the weights. */
  readonly config?: object;
}

/** A class of tokenizers: `SoftVQ`. */
export type TokenizerClass<T extends LoadableTokenizer> = new (options: never) => T;

/**
 * Opens a saved tokenizer: a folder with `config.json` and `model.safetensors` as on the Hugging Face hub, or a file
 * of weights (.safetensors, or a .pt of the official training) with `config.json` beside it. Names may have the
 * prefixes `module.` and `_orig_mod.`. Weights are read, or mapped by the engine, when they are first needed.
 *
 * Tokenizers of plugins are opened by the name they are registered by.
 *
 * @param source the folder or the file, or a model on the hub, `owner/name` or `owner/name@revision`, which is
 * downloaded once into the cache of the machine.
 * @throws ArgumentError when the source is none of these; HubError when it cannot be downloaded; FileFormatError for a
 * config that is missing, malformed or not supported and for malformed weights; StateDictError when tensors are missing, unexpected or of another shape, or an entry must be chosen.
 */
export async function fromPretrained(
  source: string,
  { entry, config, ...hub }: FromPretrainedOptions = {},
): Promise<LoadableTokenizer> {
  const { weights, folder } = await resolveModelFiles(source, { ...hub, withConfig: config === undefined });
  const tokenizer =
    config === undefined
      ? await readConfigFile(join(folder, 'config.json'), createFromConfig)
      : createFromConfig(config);
  const { tensors } = await openCheckpoint(weights, entry === undefined ? {} : { entry });
  // Of a PyTorch checkpoint the prefixes are gone already, and then nothing happens.
  tokenizer.loadStateDict(selectStateDict(new Map(tensors)));
  return tokenizer;
}

/**
 * As `fromPretrained`, for who knows what is saved there.
 *
 *     const softvq = await loadTokenizer(SoftVQ, folder);
 *
 * @throws ArgumentError when it is another tokenizer, and everything that `fromPretrained` throws.
 */
export async function loadTokenizer<T extends LoadableTokenizer>(
  expected: TokenizerClass<T>,
  source: string,
  options: FromPretrainedOptions = {},
): Promise<T> {
  const tokenizer = await fromPretrained(source, options);
  if (tokenizer instanceof expected) return tokenizer;
  throw new ArgumentError(`${source} holds a ${tokenizer.constructor.name}, not a ${expected.name}`);
}
