import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FileFormatError, SoftVQError } from '@softvq/core';
import { selectStateDict } from '@softvq/core/io';
import { openCheckpoint } from '@softvq/core/node';
import { type AnyTokenizer, createTokenizer } from '../create-tokenizer.js';
import { parseTokenizerConfig, type TokenizerConfig } from '../tokenizer-config.js';

export interface FromPretrainedOptions {
  /** Which weights of a training checkpoint that holds several: 'ema', 'model'. */
  readonly entry?: string;
  /** In place of the `config.json` beside the weights. */
  readonly config?: Partial<TokenizerConfig>;
}

/**
 * Opens a saved tokenizer: a folder with `config.json` and `model.safetensors` as on the Hugging Face hub, or a file
 * of weights (.safetensors, or a .pt of the official training) with `config.json` beside it. Names may have the
 * prefixes `module.` and `_orig_mod.`. Weights are read, or mapped by the engine, when they are first needed.
 *
 * @throws FileFormatError for a config that is missing, malformed or not supported and for malformed weights;
 * StateDictError when tensors are missing, unexpected or of another shape, or an entry must be chosen.
 */
export async function fromPretrained(
  path: string,
  { entry, config }: FromPretrainedOptions = {},
): Promise<AnyTokenizer> {
  const folder = (await stat(path)).isDirectory() ? path : dirname(path);
  const tokenizer = createTokenizer(config ?? (await readConfig(join(folder, 'config.json'))));
  const { tensors } = await openCheckpoint(path, entry === undefined ? {} : { entry });
  // Of a PyTorch checkpoint the prefixes are gone already, and then nothing happens.
  tokenizer.loadStateDict(selectStateDict(new Map(tensors)));
  return tokenizer;
}

async function readConfig(file: string): Promise<TokenizerConfig> {
  try {
    return parseTokenizerConfig(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    throw new FileFormatError(file, explain(error), { cause: error });
  }
}

function explain(error: unknown): string {
  if (error instanceof SyntaxError) return `this is no JSON: ${error.message}`;
  if (error instanceof SoftVQError) return error.message.replace(`\n    at ${error.callSite}`, '');
  return 'the config cannot be read; put it beside the weights, or pass it as an option';
}
