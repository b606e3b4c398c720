import {
  type Backend,
  type CompiledFunction,
  clamp,
  compile,
  fromHost,
  type HostTensor,
  type Tensor,
} from '@softvq/core';
import type { TensorRecord } from '@softvq/core/nn';
import type { PictureDataset } from '@softvq/data';
import { floatsToPictures, type Picture } from '@softvq/data';
import {
  type AnyTokenizer,
  CodebookStatistics,
  type CodebookSums,
  ConvolutionalVQ,
  codebookSums,
  SoftVQ,
  VQ,
} from '@softvq/tokenizer';
import { everyPictureOnce } from '../dataset/every-picture-once.js';

export interface ReconstructionFigures {
  /** Mean of the peak signal-to-noise ratios of the pictures, in dB. */
  readonly psnr: number;
  /** Share of the codewords that are nearest to a token or more, over all codebooks; only where there are any. */
  readonly codebookUsage?: number;
  /** Effective number of codewords of a codebook, a mean over all; only where there are any. */
  readonly codebookPerplexity?: number;
}

export interface Measured {
  readonly figures: ReconstructionFigures;
  /** The first pictures of the data set, and what became of them. */
  readonly originals: readonly Picture[];
  readonly reconstructions: readonly Picture[];
}

interface Input {
  readonly parameters: TensorRecord;
  readonly images: Tensor;
}

interface Output {
  readonly reconstruction: Tensor;
  /** Mean squared error of each picture, in [-1, 1]: (batch). */
  readonly errors: Tensor;
  readonly codebooks?: CodebookSums;
}

/** Measures reconstructions by a tokenizer with whatever parameters, compiled once. */
export class ReconstructionMeasure {
  readonly #run: CompiledFunction<Input, Output>;

  constructor(tokenizer: AnyTokenizer, backend: Backend) {
    this.#run = compile(({ parameters, images }: Input) => measured(tokenizer, parameters, images), {
      backend,
      dynamic: { images: ['batch'] },
    });
  }

  /**
   * @param dataset all of it is measured.
   * @param options.shown how many pictures to give back.
   */
  async measure(
    parameters: TensorRecord,
    dataset: PictureDataset,
    options: {
      readonly imageSize: number;
      readonly batchSize: number;
      readonly shown: number;
      readonly workers: number;
      readonly broken: 'throw' | 'skip';
      readonly signal: AbortSignal | undefined;
    },
  ): Promise<Measured> {
    const { imageSize, batchSize, shown, workers, broken, signal } = options;
    const loader = everyPictureOnce(dataset, { imageSize, batchSize, workers, broken, signal });
    const statistics = new CodebookStatistics();
    const ratios: number[] = [];
    const originals: Picture[] = [];
    const reconstructions: Picture[] = [];
    let hasCodebooks = false;
    try {
      for await (const batch of loader) {
        const images = fromHost(batch.images);
        const { reconstruction, errors, codebooks } = await this.#run({ parameters, images });
        for (const error of (await errors.host()).data) ratios.push(ratioOf(Number(error)));
        if (codebooks !== undefined) {
          hasCodebooks = true;
          await statistics.add(codebooks);
        }
        if (originals.length < shown) {
          originals.push(...floatsToPictures(batch.images.data, batch.images.shape));
          const { data, shape } = (await reconstruction.host()) as HostTensor<'float32'>;
          reconstructions.push(...floatsToPictures(data, shape));
        }
        for (const tensor of [images, reconstruction, errors, ...Object.values(codebooks ?? {})])
          tensor.dispose();
      }
    } finally {
      await loader.close();
    }
    return {
      figures: { psnr: mean(ratios), ...(hasCodebooks && codebookFigures(statistics)) },
      originals: originals.slice(0, shown),
      reconstructions: reconstructions.slice(0, shown),
    };
  }

  dispose(): Promise<void> {
    return this.#run.dispose();
  }
}

function measured(tokenizer: AnyTokenizer, parameters: TensorRecord, images: Tensor): Output {
  const current = tokenizer.with(parameters);
  if (current instanceof SoftVQ || current instanceof VQ || current instanceof ConvolutionalVQ) {
    const quantized = current.quantized(images);
    const reconstruction = current.decode(quantized.latents);
    return { ...compared(reconstruction, images), codebooks: codebookSums(quantized, current.quantize) };
  }
  return compared(current.reconstruct(images), images);
}

function compared(reconstruction: Tensor, images: Tensor): Pick<Output, 'reconstruction' | 'errors'> {
  const errors = clamp(reconstruction, -1, 1).sub(images).square().mean([1, 2, 3]);
  return { reconstruction, errors };
}

/** In dB, with the peak 2 of pictures in [-1, 1]; at most 120. */
function ratioOf(meanSquaredError: number): number {
  return 10 * Math.log10(4 / Math.max(meanSquaredError, 4e-12));
}

function codebookFigures(statistics: CodebookStatistics) {
  const summaries = statistics.summaries();
  return {
    codebookUsage: mean(summaries.map(({ usage }) => usage)),
    codebookPerplexity: mean(summaries.map(({ perplexity }) => perplexity)),
  };
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
}
