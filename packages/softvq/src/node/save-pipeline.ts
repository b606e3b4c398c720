import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type SaveModelFolderOptions, writeFileAtomic } from '@softvq/core/node';
import { savePretrained as saveGenerator } from '@softvq/generators/node';
import { configOf as tokenizerConfigOf } from '@softvq/tokenizer';
import { savePretrained as saveTokenizer } from '@softvq/tokenizer/node';
import { type PipelineConfig, pipelineFileName } from '../pipeline/pipeline-config.js';
import type { ImagePipeline } from './image-pipeline.js';
import { replaceFolder } from './replace-folder.js';

/** The `save` method of `ImagePipeline`. */
export async function savePipeline(
  pipeline: ImagePipeline,
  folder: string,
  options: Pick<SaveModelFolderOptions, 'dtype'>,
): Promise<void> {
  const config = configOf(pipeline);
  const write = async (temporary: string): Promise<void> => {
    await mkdir(join(temporary, config.tokenizer.folder));
    await saveTokenizer(pipeline.tokenizer, join(temporary, config.tokenizer.folder), options);
    await mkdir(join(temporary, config.generator.folder));
    await saveGenerator(pipeline.generator, join(temporary, config.generator.folder), options);
    const text = `${JSON.stringify(config, undefined, 2)}\n`;
    await writeFileAtomic(join(temporary, pipelineFileName), new TextEncoder().encode(text));
  };
  await replaceFolder(folder, write, (names) => names.includes(pipelineFileName));
}

function configOf(pipeline: ImagePipeline): PipelineConfig {
  const { tokenizer, generator, generatorModule, latentStatistics, classLabels, sampling } = pipeline;
  return {
    format: 'softvq-pipeline',
    formatVersion: 1,
    tokenizer: { folder: 'tokenizer', className: tokenizerConfigOf(tokenizer)._class_name! },
    generator: {
      folder: 'generator',
      className: generator.name,
      ...(generatorModule !== undefined && { module: generatorModule }),
    },
    latentStatistics: { mean: latentStatistics.mean, std: latentStatistics.std },
    latentShape: tokenizer.latentShape,
    imageSize: tokenizer.imageSize,
    classLabels: classLabels.names,
    sampling,
  };
}
