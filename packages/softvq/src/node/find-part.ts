import { realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { FileFormatError } from '@softvq/core';
import { readConfigFile } from '@softvq/core/node';
import { HubError, type HubOptions } from '@softvq/hub';
import {
  isSiblingPath,
  type PipelineConfig,
  parsePipelineConfig,
  pipelineFileName,
} from '../pipeline/pipeline-config.js';
import { type FoundModel, findModel } from './find-model.js';
import { isFile, isFolder } from './path-kind.js';
import { loadPluginFor } from './plugins.js';

/** What a saved model consists of. */
const modelFiles = ['config.json', 'model.safetensors'];

/** A model that stands alone, or one of a saved pipeline. */
export interface FoundPart {
  /** The folder of it, or a file of weights. */
  readonly path: string;
  /** What the pipeline says, where it is one. */
  readonly pipeline?: PipelineConfig;
}

/**
 * Finds a tokenizer or a generator: by itself, or in a pipeline, whose plugin is loaded.
 *
 * @throws as `findModel` and the hub do, and FileFormatError for a malformed `pipeline.json`.
 */
export async function findPart(
  source: string,
  part: 'tokenizer' | 'generator',
  hub: HubOptions = {},
): Promise<FoundPart> {
  const model = await findModel(source, hub);
  const pipeline = await pipelineOf(model);
  if (pipeline === undefined) return { path: await model.folderWith(modelFiles) };
  await loadPluginFor(part, pipeline[part]);
  return { path: await folderOfPart(model, pipeline, part), pipeline };
}

/**
 * The folder with the files of one model of a pipeline.
 *
 * @throws FileFormatError when there is none, or the pipeline is on the hub and its tokenizer is not in it.
 */
export async function folderOfPart(
  model: FoundModel,
  pipeline: PipelineConfig,
  part: 'tokenizer' | 'generator',
): Promise<string> {
  const { folder } = pipeline[part];
  const isBeside = isSiblingPath(folder);
  const files = isBeside ? [pipelineFileName] : modelFiles.map((name) => `${folder}/${name}`);
  const top = await model.folderWith(files);
  const file = join(top, pipelineFileName);
  if (isBeside && model.isRepository) {
    throw new FileFormatError(
      file,
      `the ${part} is in ${folder}, beside the repository, where the hub has nothing; its owner has to save the pipeline with a ${part} of its own`,
    );
  }
  // What a pipeline lies beside is said by its own place, not by that of a link to it.
  const path = resolve(isBeside ? await realpath(top) : top, folder);
  if (await isFolder(path)) return path;
  throw new FileFormatError(file, `the ${part} should be in ${folder}, and there is no folder ${path}`);
}

/** What `pipeline.json` says, where there is one. */
export async function pipelineOf(model: FoundModel): Promise<PipelineConfig | undefined> {
  let folder: string;
  try {
    folder = await model.folderWith([pipelineFileName]);
  } catch (error) {
    // Offline, a model that is no pipeline cannot be told from one that is not there; what needs it will say so.
    if (error instanceof HubError && ['missing-file', 'offline'].includes(error.reason)) return undefined;
    throw error;
  }
  const file = join(folder, pipelineFileName);
  return (await isFile(file)) ? readConfigFile(file, parsePipelineConfig) : undefined;
}
