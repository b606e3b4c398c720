import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readConfigFile } from '@softvq/core/node';
import { HubError, type HubOptions } from '@softvq/hub';
import { type PipelineConfig, parsePipelineConfig, pipelineFileName } from '../pipeline/pipeline-config.js';
import { type FoundModel, findModel } from './find-model.js';

/** A model that stands alone, or one of a saved pipeline. */
export interface FoundPart {
  /** The folder of it, or a file of weights. */
  readonly path: string;
  /** What the pipeline says, where it is one. */
  readonly pipeline?: PipelineConfig;
}

/**
 * Finds a tokenizer or a generator: by itself, or in a pipeline.
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
  const folder = pipeline?.[part].folder;
  const files = ['config.json', 'model.safetensors'].map((name) =>
    folder === undefined ? name : `${folder}/${name}`,
  );
  const top = await model.folderWith(files);
  return pipeline === undefined || folder === undefined
    ? { path: top }
    : { path: join(top, folder), pipeline };
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
  const isThere = await stat(file).then(
    (stats) => stats.isFile(),
    () => false,
  );
  return isThere ? readConfigFile(file, parsePipelineConfig) : undefined;
}
