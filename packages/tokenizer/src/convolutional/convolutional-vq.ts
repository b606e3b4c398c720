import { argmax, type Dimension, formatShape, ShapeError, type Tensor } from '@softvq/core';
import { RandomStream } from '@softvq/core/random';
import { type VectorQuantized, VectorQuantizer } from '../vector-quantizer.js';
import { ConvolutionalTokenizer, type ConvolutionalTokenizerOptions } from './convolutional-tokenizer.js';
import { gridOfTokens, tokensOfGrid } from './grid-tokens.js';

export interface ConvolutionalVQOptions extends ConvolutionalTokenizerOptions {
  readonly codebookSize: number;
  /** Whether codewords and places of the grid are compared at unit length. Default true. */
  readonly normalized?: boolean;
}

/** As `VectorQuantized`, on a grid. */
export interface GridVectorQuantized extends Omit<VectorQuantized, 'latents'> {
  /** (batch, latentChannels, rows, columns). */
  readonly latents: Tensor;
}

/**
 * VQGAN (Esser et al., "Taming Transformers for High-Resolution Image Synthesis", 2021): every place of the grid
 * becomes the nearest of the codewords.
 */
export class ConvolutionalVQ extends ConvolutionalTokenizer<GridVectorQuantized, ConvolutionalVQOptions> {
  readonly name = 'VQ';
  readonly quantize: VectorQuantizer;

  /** Errors as for `ConvolutionalTokenizer`. */
  constructor(options: ConvolutionalVQOptions) {
    const random = new RandomStream({ seed: options.seed ?? 0, name: 'convolutional-vq' });
    super(options, random, 1);
    const { codebookSize, latentChannels, normalized } = options;
    this.quantize = new VectorQuantizer({
      codebookSize,
      width: latentChannels,
      normalized,
      random: random.child('quantize'),
    });
  }

  quantized(images: Tensor): GridVectorQuantized {
    const grid = this.encodedGrid(images);
    const [rows, columns] = grid.shape.slice(2) as [number, number];
    const { latents, ...rest } = this.quantize.forward(tokensOfGrid(grid));
    return { ...rest, latents: gridOfTokens(latents, [rows, columns]) };
  }

  /** The codeword of each place: (batch, rows, columns), int32. Errors as for `quantized`. */
  indices(images: Tensor): Tensor {
    const { latents, logits } = this.quantized(images);
    const [batch, , rows, columns] = latents.shape as readonly [Dimension, number, number, number];
    return argmax(logits).reshape([batch, rows, columns]);
  }

  /**
   * Indices (batch, rows, columns) to images (batch, 3, factor · rows, factor · columns), nominally in [-1, 1].
   *
   * @throws ShapeError for another rank, or rows or columns that are not static.
   */
  decodeIndices(indices: Tensor): Tensor {
    const [batch, rows, columns] = indices.shape;
    if (indices.rank !== 3 || typeof rows !== 'number' || typeof columns !== 'number') {
      throw new ShapeError(
        `ConvolutionalVQ decodes indices (batch, rows, columns) with static rows and columns, not ${formatShape(indices.shape)}`,
      );
    }
    const codewords = this.quantize.lookup(indices.reshape([batch!, 1, rows * columns]));
    return this.decode(gridOfTokens(codewords, [rows, columns]));
  }
}
