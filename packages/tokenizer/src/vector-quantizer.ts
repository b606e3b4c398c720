import {
  argmax,
  type Dimension,
  formatShape,
  matmul,
  normalize,
  ShapeError,
  stopGradient,
  type Tensor,
} from '@softvq/core';
import { Embedding, Module } from '@softvq/core/nn';
import { RandomStream } from '@softvq/core/random';
import { initialCodewords } from './initial-codewords.js';
import type { Quantized } from './soft-quantizer.js';

export interface VectorQuantizerOptions {
  readonly codebookSize: number;
  /** Width of a codeword and so of a latent token. */
  readonly width: number;
  /** Whether tokens and codewords are compared at unit length. Default true. */
  readonly normalized?: boolean | undefined;
  readonly random?: RandomStream | undefined;
}

export interface VectorQuantized extends Quantized {
  /** (1, batch · tokens, codebookSize): negated squared distances. */
  readonly logits: Tensor;
  /** Mean squared distance from the tokens, held fixed, to their codewords: moves the codebook. Scalar. */
  readonly codebookLoss: Tensor;
  /** Mean squared distance from the tokens to their codewords, held fixed: moves the encoder. Scalar, unweighted. */
  readonly commitmentLoss: Tensor;
}

/**
 * The nearest codeword in place of every token, with the straight-through gradient (van den Oord et al., "Neural
 * Discrete Representation Learning", 2017), optionally at unit length (Yu et al., "Vector-quantized Image Modeling
 * with Improved VQGAN", 2022).
 */
export class VectorQuantizer extends Module {
  readonly embedding: Embedding;
  private readonly normalized: boolean;

  constructor({ codebookSize, width, normalized = true, random }: VectorQuantizerOptions) {
    super();
    const stream = random ?? new RandomStream({ seed: 0, name: 'codebook' });
    this.embedding = new Embedding(codebookSize, width, {
      initializer: initialCodewords({ codebookSize, normalized }),
      random: stream,
    });
    this.normalized = normalized;
  }

  /** The reference keeps a window of recent indices for statistics. */
  override get unusedNames(): readonly string[] {
    return ['codebook_used'];
  }

  /**
   * @param tokens (batch, tokens, width)
   * @throws ShapeError for another width.
   */
  forward(tokens: Tensor): VectorQuantized {
    const [, width] = this.embedding.weight.shape as readonly [number, number];
    if (tokens.rank !== 3 || tokens.shape[2] !== width) {
      throw new ShapeError(`the quantizer takes (batch, tokens, ${width}), not ${formatShape(tokens.shape)}`);
    }
    const codewords = this.codewords();
    const queries = this.normalized ? normalize(tokens) : tokens;
    const rows = queries.reshape([1, -1, width]);
    const logits = matmul(rows, codewords, { transposeB: true })
      .mul(2)
      .sub(rows.square().sum(-1, { keepDims: true }))
      .sub(codewords.square().sum(-1));
    const nearest = this.lookup(this.indices({ latents: queries, logits }));
    return {
      latents: queries.add(stopGradient(nearest.sub(queries))),
      logits,
      codebookLoss: nearest.sub(stopGradient(queries)).square().mean(),
      commitmentLoss: stopGradient(nearest).sub(queries).square().mean(),
    };
  }

  /** The nearest codeword of each token: (batch, 1, tokens), int32; the second axis counts codebooks. */
  indices({ latents, logits }: Quantized): Tensor {
    const [batch, count] = latents.shape as readonly [Dimension, Dimension];
    return argmax(logits).reshape([batch, 1, count]);
  }

  /** Codewords (batch, tokens, width) of indices (batch, 1, tokens), at unit length where tokens are compared so. */
  lookup(indices: Tensor): Tensor {
    const [batch, , count] = indices.shape as readonly [Dimension, Dimension, Dimension];
    const rows = this.embedding.forward(indices.reshape([batch, count]));
    return this.normalized ? normalize(rows) : rows;
  }

  private codewords(): Tensor {
    const { weight } = this.embedding;
    return this.normalized ? normalize(weight) : weight;
  }
}
