import {
  ArgumentError,
  add,
  argmax,
  type Dimension,
  deferred,
  exp,
  formatShape,
  full,
  log,
  logSoftmax,
  matmul,
  mul,
  normalize,
  ShapeError,
  softmax,
  stopGradient,
  type Tensor,
} from '@softvq/core';
import { Module } from '@softvq/core/nn';
import { RandomStream } from '@softvq/core/random';
import { initialCodewords } from './initial-codewords.js';

export interface SoftQuantizerOptions {
  /** Number of codebooks; tokens divide evenly among them. */
  readonly codebooks: number;
  /** Codewords of each codebook. */
  readonly codebookSize: number;
  /** Width of a codeword and so of a latent token. */
  readonly width: number;
  /** Of the softmax over codewords. */
  readonly temperature: number;
  /** Whether tokens and codewords are compared, and codewords mixed, at unit length. Default true. */
  readonly normalized?: boolean;
  readonly random?: RandomStream;
}

export interface Quantized {
  /** (batch, tokens, width): each token a convex combination of codewords. */
  readonly latents: Tensor;
  /** (codebooks, batch · tokens / codebooks, codebookSize): similarities before the temperature. */
  readonly logits: Tensor;
}

/**
 * The soft categorical posterior of SoftVQ-VAE: every token becomes a mixture of the codewords of its codebook,
 * weighted by the softmax of their similarities. Consecutive tokens share a codebook. Differentiable without a
 * straight-through estimator and without codebook or commitment losses.
 */
export class SoftQuantizer extends Module {
  /** (codebooks, codebookSize, width). */
  readonly embedding: Tensor;
  /** Of the softmax over codewords. */
  readonly temperature: number;
  private readonly normalized: boolean;

  constructor({
    codebooks,
    codebookSize,
    width,
    temperature,
    normalized = true,
    random,
  }: SoftQuantizerOptions) {
    super();
    if (!(temperature > 0)) throw new ArgumentError(`the temperature must be above 0, not ${temperature}`);
    const stream = random ?? new RandomStream({ seed: 0, name: 'codebook' });
    const shape = [codebooks, codebookSize, width];
    this.embedding = deferred('float32', shape, () =>
      initialCodewords({ codebookSize, normalized })(shape, stream),
    );
    this.temperature = temperature;
    this.normalized = normalized;
  }

  /** The reference keeps a window of recent indices for statistics. */
  override get unusedNames(): readonly string[] {
    return ['codebook_used'];
  }

  /**
   * @param tokens (batch, tokens, width)
   * @throws ShapeError when the tokens do not divide among the codebooks.
   */
  forward(tokens: Tensor): Quantized {
    const [codebooks, , width] = this.embedding.shape as readonly [number, number, number];
    const [batch, count, given] = tokens.shape as readonly [Dimension, number, number];
    if (tokens.rank !== 3 || given !== width || count % codebooks !== 0) {
      throw new ShapeError(
        `the quantizer takes (batch, tokens, ${width}) with tokens divisible by ${codebooks} codebooks, not ${formatShape(tokens.shape)}`,
      );
    }
    const segment = count / codebooks;
    const codewords = this.normalized ? normalize(this.embedding) : this.embedding;
    const grouped = tokens
      .reshape([batch, codebooks, segment, width])
      .transpose([1, 0, 2, 3])
      .reshape([codebooks, -1, width]);
    const queries = this.normalized ? normalize(grouped) : grouped;
    // The codebook learns through the mixture alone, not through the similarities.
    const logits = matmul(queries, stopGradient(codewords), { transposeB: true });
    const weights = softmax(logits.div(this.temperature));
    const latents = matmul(weights, codewords)
      .reshape([codebooks, batch, segment, width])
      .transpose([1, 0, 2, 3])
      .reshape([batch, count, width]);
    return { latents, logits };
  }

  /** The nearest codeword of each token: (batch, codebooks, tokens / codebooks), int32. */
  indices({ latents, logits }: Quantized): Tensor {
    const [codebooks] = this.embedding.shape;
    const [batch, count] = latents.shape as readonly [Dimension, number];
    const segment = count / (codebooks as number);
    return argmax(logits).reshape([codebooks!, batch, segment]).transpose([1, 0, 2]);
  }
}

/** Temperature of the entropy term, whatever the quantizer's own; that of the official code. */
const entropyTemperature = 0.01;

/**
 * Mean entropy of the tokens' posteriors minus the entropy of their mean: small when tokens decide clearly and use
 * all codewords alike. Rows of all codebooks are pooled.
 *
 * @param logits (…, codebookSize), similarities before any temperature.
 * @param options.epsilon keeps the logarithm of the mean posterior finite. Default 1e-6; the reference has 1e-5 for VQ.
 */
export function entropyLoss(logits: Tensor, { epsilon = 1e-6 }: { readonly epsilon?: number } = {}): Tensor {
  const rows = logits.reshape([-1, logits.shape.at(-1)!]).div(entropyTemperature);
  const logPosterior = logSoftmax(rows);
  const posterior = exp(logPosterior);
  const perSample = mul(posterior, logPosterior).sum(-1).mean().neg();
  const marginal = posterior.mean(0);
  const ofMarginal = mul(marginal, log(add(marginal, full([], epsilon))))
    .sum()
    .neg();
  return perSample.sub(ofMarginal);
}
