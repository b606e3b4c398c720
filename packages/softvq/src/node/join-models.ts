import { ArgumentError } from '@softvq/core';
import { fromPretrained as loadGenerator } from '@softvq/generators/node';
import type { HubOptions } from '@softvq/hub';
import type { LoadableTokenizer } from '@softvq/tokenizer';
import { fromPretrained as loadTokenizer } from '@softvq/tokenizer/node';
import { type GeneratorTrainingRecord, readTrainingRecord, tokenizerIdentity } from '@softvq/training';
import type { LatentStatistics } from '../pipeline/pipeline-parts.js';
import type { SamplingDefaults } from '../pipeline/sampling-defaults.js';
import { findPart } from './find-part.js';
import { ImagePipeline } from './image-pipeline.js';

export interface JoinOptions {
  /** Default those of the generator's training record, then the tokenizer's. */
  readonly latentStatistics?: LatentStatistics;
  /** Default those of the generator's training record, or of its pipeline. */
  readonly classLabels?: readonly string[];
  /** Default those of the generator's pipeline. */
  readonly sampling?: SamplingDefaults;
  /** As a pipeline has them. Default those of the pipelines that the parts are of. */
  readonly tokenizerModule?: string;
  readonly generatorModule?: string;
}

/**
 * The pipeline of a saved tokenizer and a saved generator, each by itself or out of a pipeline. The tokenizer may be a
 * copy, saved in half precision, of the one that the generator was trained with.
 *
 * @throws ArgumentError when the generator was trained on latents of another tokenizer, or nobody knows the statistics
 * of the latents; ShapeError for latents of different shapes; and as `ImagePipeline.fromPretrained` does.
 */
export async function joinModels(
  tokenizerSource: string,
  generatorSource: string,
  { latentStatistics, classLabels, sampling, ...modules }: JoinOptions = {},
  hub: HubOptions = {},
): Promise<ImagePipeline> {
  const ofTokenizer = await findPart(tokenizerSource, 'tokenizer', hub);
  const ofGenerator = await findPart(generatorSource, 'generator', hub);
  const tokenizer = await loadTokenizer(ofTokenizer.path, hub);
  const generator = await loadGenerator(ofGenerator.path, hub);
  const record = await readTrainingRecord(ofGenerator.path);
  if (record !== undefined && !(await isTrainedWith(record, tokenizer))) {
    throw new ArgumentError(
      `${generatorSource} was trained on the latents of another tokenizer than ${tokenizerSource}: its weights or its config differ; join it with the one it was trained with`,
    );
  }
  const statistics =
    latentStatistics ??
    record?.latentStatistics ??
    ofGenerator.pipeline?.latentStatistics ??
    tokenizer.latentStatistics;
  if (statistics === undefined) {
    throw new ArgumentError(
      `neither ${generatorSource} nor ${tokenizerSource} says what the mean and the deviation of the latents are that the generator was trained on; give them`,
    );
  }
  // A dataset without classes is trained on as one class.
  const labels = classLabels ?? record?.classes ?? ofGenerator.pipeline?.classLabels ?? [];
  const defaults = sampling ?? ofGenerator.pipeline?.sampling ?? {};
  const tokenizerModule = modules.tokenizerModule ?? ofTokenizer.pipeline?.tokenizer.module;
  const generatorModule = modules.generatorModule ?? ofGenerator.pipeline?.generator.module;
  return ImagePipeline.fromParts({
    tokenizer,
    generator,
    latentStatistics: statistics,
    classLabels: labels,
    sampling: defaults,
    ...(tokenizerModule !== undefined && { tokenizerModule }),
    ...(generatorModule !== undefined && { generatorModule }),
  });
}

/** Whether a generator was trained with a tokenizer, or with one that is the same in half precision. */
async function isTrainedWith(
  record: GeneratorTrainingRecord,
  tokenizer: LoadableTokenizer,
): Promise<boolean> {
  if (record.tokenizer === (await tokenizerIdentity(tokenizer))) return true;
  const { tokenizerInHalf } = record;
  return (
    tokenizerInHalf !== undefined &&
    tokenizerInHalf === (await tokenizerIdentity(tokenizer, { dtype: 'float16' }))
  );
}
