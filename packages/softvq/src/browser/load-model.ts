import {
  memorySource,
  openSafetensors,
  openShardedSafetensors,
  parseConfig,
  selectStateDict,
  type TensorFile,
} from '@softvq/core/io';
import { createFromConfig as createGenerator, type LoadableGenerator } from '@softvq/generators';
import { createFromConfig as createTokenizer, type LoadableTokenizer } from '@softvq/tokenizer';
import { type DownloadOptions, download } from './download.js';
import { isMissing } from './download-error.js';

/** The tokenizer that is saved at the address of a folder, with a slash at its end. */
export async function loadTokenizer(folder: URL, options: DownloadOptions): Promise<LoadableTokenizer> {
  const tokenizer = await readJson(inFolder(folder, configName), createTokenizer, options);
  tokenizer.loadStateDict(await readWeights(folder, options));
  return tokenizer;
}

/** The generator that is saved at the address of a folder, with a slash at its end. */
export async function loadGenerator(folder: URL, options: DownloadOptions): Promise<LoadableGenerator> {
  const generator = await readJson(inFolder(folder, configName), createGenerator, options);
  generator.loadStateDict(await readWeights(folder, options));
  return generator;
}

/**
 * A file of JSON.
 *
 * @throws FileFormatError, which names the file, for what is no JSON and for what `parse` refuses.
 */
export async function readJson<Value>(
  url: URL,
  parse: (json: unknown) => Value,
  options: DownloadOptions,
): Promise<Value> {
  return parseConfig(url.href, new TextDecoder().decode(await download(url, options)), parse);
}

/** The address of something in a folder, or beside it. */
export function inFolder(folder: URL, path: string): URL {
  return new URL(path.split('/').map(encodeURIComponent).join('/'), folder);
}

const configName = 'config.json';
const weightsName = 'model.safetensors';

async function readWeights(folder: URL, options: DownloadOptions) {
  const { tensors } = await openWeights(folder, options);
  return selectStateDict(new Map(tensors));
}

/** One file, or the shards that an index names. */
async function openWeights(folder: URL, options: DownloadOptions): Promise<TensorFile> {
  const source = async (name: string) => {
    const url = inFolder(folder, name);
    return memorySource(await download(url, options), url.href);
  };
  try {
    return await openSafetensors(await source(weightsName));
  } catch (error) {
    if (!isMissing(error)) throw error;
    const index = await source(`${weightsName}.index.json`).catch((other: unknown) => {
      throw isMissing(other) ? error : other;
    });
    return openShardedSafetensors(index, source);
  }
}
