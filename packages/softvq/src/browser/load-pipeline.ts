import { ArgumentError } from '@softvq/core';
import { generatorNames, type LoadableGenerator } from '@softvq/generators';
import { type LoadableTokenizer, tokenizerNames } from '@softvq/tokenizer';
import { assertSavedParts } from '../pipeline/assert-saved-parts.js';
import {
  type PipelineConfig,
  parsePipelineConfig,
  pipelineFileName,
  type SavedPart,
} from '../pipeline/pipeline-config.js';
import type { PipelineParts } from '../pipeline/pipeline-parts.js';
import type { DownloadOptions } from './download.js';
import { isMissing } from './download-error.js';
import { inFolder, loadGenerator, loadTokenizer, readJson } from './load-model.js';

/** Parts that were loaded. */
export interface LoadedPipelineParts extends PipelineParts {
  readonly tokenizer: LoadableTokenizer;
  readonly generator: LoadableGenerator;
}

/** Loads what a saved pipeline is made of. */
export async function loadPipelineParts(
  source: string | URL,
  options: DownloadOptions,
): Promise<LoadedPipelineParts> {
  const folder = folderAddress(source);
  const file = inFolder(folder, pipelineFileName);
  const config = await readJson(file, parsePipelineConfig, options);
  assertRegistered('tokenizer', config.tokenizer, tokenizerNames());
  assertRegistered('generator', config.generator, generatorNames());
  const [tokenizer, generator] = await Promise.all([
    loadTokenizer(partAddress(folder, config, 'tokenizer'), options),
    loadGenerator(partAddress(folder, config, 'generator'), options),
  ]);
  const { latentStatistics, classLabels, sampling } = config;
  const parts = { tokenizer, generator, latentStatistics, classLabels, sampling };
  const classNames = { tokenizer: tokenizer.name, generator: generator.name };
  assertSavedParts(file.href, config, { parts, classNames });
  return parts;
}

/** Loads a tokenizer that stands alone, or that of a saved pipeline. */
export async function loadTokenizerOf(
  source: string | URL,
  options: DownloadOptions,
): Promise<LoadableTokenizer> {
  const folder = folderAddress(source);
  let config: PipelineConfig;
  try {
    config = await readJson(inFolder(folder, pipelineFileName), parsePipelineConfig, options);
  } catch (error) {
    if (!isMissing(error)) throw error;
    return loadTokenizer(folder, options);
  }
  return loadTokenizer(partAddress(folder, config, 'tokenizer'), options);
}

/** @throws ArgumentError for what is no address. */
function folderAddress(source: string | URL): URL {
  const base = typeof document === 'undefined' ? globalThis.location?.href : document.baseURI;
  let folder: URL;
  try {
    folder = new URL(source, base);
  } catch (cause) {
    throw new ArgumentError(
      `${JSON.stringify(String(source))} is no address of a folder; give one that begins with https://, or with / on a page`,
      { cause },
    );
  }
  if (!folder.pathname.endsWith('/')) folder.pathname += '/';
  return folder;
}

function partAddress(folder: URL, config: PipelineConfig, part: 'tokenizer' | 'generator'): URL {
  return inFolder(folder, `${config[part].folder}/`);
}

/** A page loads no code that a saved file names. */
function assertRegistered(
  kind: 'tokenizer' | 'generator',
  { className, module }: SavedPart,
  names: readonly string[],
): void {
  if (names.includes(className)) return;
  const advice =
    module === undefined
      ? `there are ${names.join(', ')}`
      : `import the package ${module} and register what it exports, before`;
  throw new ArgumentError(`no ${kind} is registered as "${className}"; ${advice}`);
}
