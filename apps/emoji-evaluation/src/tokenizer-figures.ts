import { type Backend, compile, fromHost, type HostTensor, type Tensor } from '@softvq/core';
import type { Picture } from '@softvq/data';
import { picturesToFloats } from '@softvq/data';
import { psnr } from '@softvq/evaluation';
import { CodebookStatistics, ConvolutionalVQ, codebookSums, SoftVQ, VQ } from '@softvq/tokenizer';
import type { TokenizerPipeline } from 'softvq/node';
import type { ReadOptions } from './emoji-pictures.js';

export interface TokenizerFigures {
  /** Mean of the peak signal-to-noise ratios of the pictures, in dB. */
  readonly meanPsnr: number;
  /** Peak signal-to-noise ratio of the mean squared error over all pictures, in dB. */
  readonly psnrOfMeanError: number;
  /** Of each codebook; only for tokenizers that have codebooks. */
  readonly codebooks?: readonly CodebookFigures[];
}

export interface CodebookFigures {
  /** Share of the codewords that are nearest to a token or more. */
  readonly usage: number;
  /** So many equally used codewords would have the entropy of the nearest ones. */
  readonly perplexity: number;
}

/** Reconstructions, and the peak signal-to-noise ratio of each in dB. */
export interface Reconstructed {
  readonly pictures: readonly Picture[];
  readonly ratios: readonly number[];
}

const batchSize = 64;

/** Pictures through the latents and back. Throws the signal's reason once it is aborted. */
export async function reconstruct(
  pipeline: TokenizerPipeline,
  originals: readonly Picture[],
  { signal, onProgress }: ReadOptions,
): Promise<Reconstructed> {
  const pictures: Picture[] = [];
  const ratios: number[] = [];
  for (let start = 0; start < originals.length; start += batchSize) {
    const batch = originals.slice(start, start + batchSize);
    const result = await pipeline.reconstruct(batch, { batchSize, signal });
    pictures.push(...result.pictures);
    const [images, references] = await Promise.all([hostOf(result.images), hostOf(result.originals.images)]);
    const clamped = { shape: images.shape, data: images.data.map((each) => Math.min(1, Math.max(-1, each))) };
    ratios.push(...psnr(clamped, references));
    onProgress(pictures.length, originals.length);
  }
  return { pictures, ratios };
}

/** @param ratios of the held-out pictures. @param heldOut these, of which the use of codebooks is taken. */
export async function tokenizerFigures(
  pipeline: TokenizerPipeline,
  ratios: readonly number[],
  heldOut: readonly Picture[],
  { backend, ...options }: ReadOptions & { readonly backend: Backend },
): Promise<TokenizerFigures> {
  const errors = ratios.map((ratio) => 10 ** (-ratio / 10));
  const codebooks = await codebookFigures(pipeline, heldOut, { backend, ...options });
  return {
    meanPsnr: mean(ratios),
    psnrOfMeanError: -10 * Math.log10(mean(errors)),
    ...(codebooks !== undefined && { codebooks }),
  };
}

async function codebookFigures(
  { tokenizer }: TokenizerPipeline,
  pictures: readonly Picture[],
  { backend, signal, onProgress }: ReadOptions & { readonly backend: Backend },
): Promise<CodebookFigures[] | undefined> {
  const quantizes =
    tokenizer instanceof SoftVQ || tokenizer instanceof VQ || tokenizer instanceof ConvolutionalVQ;
  if (!quantizes) return undefined;
  const run = compile(
    ({ images }: { images: Tensor }) => codebookSums(tokenizer.quantized(images), tokenizer.quantize),
    { backend, dynamic: { images: ['batch'] } },
  );
  const statistics = new CodebookStatistics();
  try {
    for (let start = 0; start < pictures.length; start += batchSize) {
      signal.throwIfAborted();
      const batch = pictures.slice(start, start + batchSize);
      const images = fromHost({ dtype: 'float32', ...picturesToFloats(batch) });
      const sums = await run({ images });
      await statistics.add(sums);
      for (const tensor of [images, ...Object.values(sums)]) tensor.dispose();
      onProgress(start + batch.length, pictures.length);
    }
  } finally {
    await run.dispose();
  }
  return statistics.summaries().map(({ usage, perplexity }) => ({ usage, perplexity }));
}

async function hostOf(images: Tensor): Promise<HostTensor<'float32'>> {
  return (await images.host()) as HostTensor<'float32'>;
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
}
