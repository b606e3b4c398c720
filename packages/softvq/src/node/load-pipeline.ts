import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ArgumentError } from '@softvq/core';
import { readConfigFile } from '@softvq/core/node';
import { fromPretrained as loadGenerator } from '@softvq/generators/node';
import type { HubOptions } from '@softvq/hub';
import { fromPretrained as loadTokenizer } from '@softvq/tokenizer/node';
import { assertSavedParts } from '../pipeline/assert-saved-parts.js';
import { parsePipelineConfig, pipelineFileName } from '../pipeline/pipeline-config.js';
import { findModel } from './find-model.js';
import { folderOfPart } from './find-part.js';
import type { SavablePipelineParts } from './image-pipeline.js';
import { loadPluginFor } from './plugins.js';

/** Loads what a saved pipeline is made of. Weights are read, or mapped by the engine, when they are first needed. */
export async function loadPipelineParts(source: string, hub: HubOptions): Promise<SavablePipelineParts> {
  hub.signal?.throwIfAborted();
  const model = await findModel(source, hub);
  const top = await model.folderWith([pipelineFileName]);
  const file = join(top, pipelineFileName);
  await assertPresent(file, source);
  const config = await readConfigFile(file, parsePipelineConfig);
  await loadPluginFor('tokenizer', config.tokenizer);
  await loadPluginFor('generator', config.generator);
  const tokenizer = await loadTokenizer(await folderOfPart(model, config, 'tokenizer'), hub);
  const generator = await loadGenerator(await folderOfPart(model, config, 'generator'), hub);
  const { latentStatistics, classLabels, sampling } = config;
  const parts = { tokenizer, generator, latentStatistics, classLabels, sampling };
  const classNames = { tokenizer: tokenizer.name, generator: generator.name };
  assertSavedParts(file, config, { parts, classNames });
  return {
    ...parts,
    ...(config.tokenizer.module !== undefined && { tokenizerModule: config.tokenizer.module }),
    ...(config.generator.module !== undefined && { generatorModule: config.generator.module }),
  };
}

async function assertPresent(file: string, source: string): Promise<void> {
  try {
    await readFile(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw cause;
    throw new ArgumentError(
      `${source} is no pipeline: there is no ${pipelineFileName} in it. A tokenizer and a generator are made one by: softvq join`,
      { cause },
    );
  }
}
