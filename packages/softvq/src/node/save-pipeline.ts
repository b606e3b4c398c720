import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type SaveModelFolderOptions, writeFileAtomic } from '@softvq/core/node';
import { savePretrained as saveGenerator } from '@softvq/generators/node';
import { savePretrained as saveTokenizer } from '@softvq/tokenizer/node';
import { type PipelineConfig, pipelineFileName, type SavedPart } from '../pipeline/pipeline-config.js';
import type { ImagePipeline } from './image-pipeline.js';
import { replaceFolder } from './replace-folder.js';
import { findShared } from './shared-tokenizer.js';

export interface SavePipelineOptions extends Pick<SaveModelFolderOptions, 'dtype'> {
  /**
   * The folder of a saved tokenizer, beside that of the pipeline, which is named in place of writing a copy. It must be
   * the pipeline's own tokenizer, in whatever precision. Several pipelines can share it, and move together with it.
   */
  readonly sharedTokenizer?: string;
}

/** The `save` method of `ImagePipeline`. */
export async function savePipeline(
  pipeline: ImagePipeline,
  folder: string,
  { sharedTokenizer, ...options }: SavePipelineOptions,
): Promise<void> {
  const shared =
    sharedTokenizer === undefined
      ? undefined
      : await findShared(sharedTokenizer, { tokenizer: pipeline.tokenizer, folder });
  const config = configOf(pipeline, shared ?? 'tokenizer');
  const write = async (temporary: string): Promise<void> => {
    if (shared === undefined) {
      await mkdir(join(temporary, config.tokenizer.folder));
      await saveTokenizer(pipeline.tokenizer, join(temporary, config.tokenizer.folder), options);
    }
    await mkdir(join(temporary, config.generator.folder));
    await saveGenerator(pipeline.generator, join(temporary, config.generator.folder), options);
    const text = `${JSON.stringify(config, undefined, 2)}\n`;
    await writeFileAtomic(join(temporary, pipelineFileName), new TextEncoder().encode(text));
  };
  await replaceFolder(folder, write, (names) => names.includes(pipelineFileName));
}

function configOf(pipeline: ImagePipeline, tokenizerFolder: string): PipelineConfig {
  const { tokenizer, tokenizerModule, generator, generatorModule, latentStatistics, classLabels, sampling } =
    pipeline;
  return {
    format: 'softvq-pipeline',
    formatVersion: 1,
    tokenizer: partOf(tokenizerFolder, tokenizer.name, tokenizerModule),
    generator: partOf('generator', generator.name, generatorModule),
    latentStatistics: { mean: latentStatistics.mean, std: latentStatistics.std },
    latentShape: tokenizer.latentShape,
    imageSize: tokenizer.imageSize,
    classLabels: classLabels.names,
    sampling,
  };
}

function partOf(folder: string, className: string, module: string | undefined): SavedPart {
  return module === undefined ? { folder, className } : { folder, className, module };
}
