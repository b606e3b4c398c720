import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ArgumentError, FileFormatError } from '@softvq/core';
import { generatorNames, type LoadableGenerator } from '@softvq/generators';
import { fromPretrained as loadGenerator } from '@softvq/generators/node';
import type { HubOptions } from '@softvq/hub';
import { type LoadableTokenizer, tokenizerNames } from '@softvq/tokenizer';
import { fromPretrained as loadTokenizer } from '@softvq/tokenizer/node';
import { findModel } from './find-model.js';
import { pipelineOf } from './find-part.js';
import type { SavablePipelineParts } from './image-pipeline.js';
import { loadPipelineParts } from './load-pipeline.js';

/** A saved model of any kind. */
export type LoadedModel =
  | { readonly kind: 'pipeline'; readonly parts: SavablePipelineParts }
  | { readonly kind: 'tokenizer'; readonly tokenizer: LoadableTokenizer }
  | { readonly kind: 'generator'; readonly generator: LoadableGenerator };

export interface LoadModelOptions extends HubOptions {
  /** Which weights of a training checkpoint that holds several. */
  readonly entry?: string | undefined;
  /** A `config.json` in place of that beside the weights. */
  readonly config?: string | undefined;
}

/** Fields that only configs of tokenizers have. */
const tokenizerFields = ['codebook_size', 'num_latent_tokens', 'enc_type', 'encoder_model', 'vq_mean'];

/**
 * Opens a model without being told what it is: a folder, a file of weights (.safetensors, .pt, .pth), a model that is
 * an npm package, or one on the hub.
 *
 * @throws as `ImagePipeline.fromPretrained` does, and ArgumentError when there is no config that says what it is.
 */
export async function loadModel(
  source: string,
  { entry, config, ...hub }: LoadModelOptions = {},
): Promise<LoadedModel> {
  const model = await findModel(source, hub);
  if ((await pipelineOf(model)) !== undefined) {
    return { kind: 'pipeline', parts: await loadPipelineParts(source, hub) };
  }
  const path = await model.folderWith(['config.json', 'model.safetensors']);
  const fields = await readFields(config ?? (await configBeside(path)));
  const options = {
    ...hub,
    ...(entry !== undefined && { entry }),
    ...(config !== undefined && { config: fields }),
  };
  return isTokenizer(fields)
    ? { kind: 'tokenizer', tokenizer: await loadTokenizer(path, options) }
    : { kind: 'generator', generator: await loadGenerator(path, options) };
}

function isTokenizer(fields: Readonly<Record<string, unknown>>): boolean {
  const name = fields['_class_name'];
  if (typeof name === 'string' && generatorNames().includes(name)) return false;
  if (typeof name === 'string' && tokenizerNames().includes(name)) return true;
  return tokenizerFields.some((field) => field in fields);
}

async function configBeside(path: string): Promise<string> {
  const stats = await stat(path);
  return join(stats.isDirectory() ? path : dirname(path), 'config.json');
}

async function readFields(path: string): Promise<Readonly<Record<string, unknown>>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    throw new ArgumentError(
      `there is no ${path}, which would say what the weights are of; put the config.json beside them, or name it (--config)`,
      { cause },
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new FileFormatError(path, `this is no JSON: ${(cause as Error).message}`, { cause });
  }
  if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  throw new FileFormatError(path, 'it must be a JSON object');
}
