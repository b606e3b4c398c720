import {
  argmax,
  cast,
  type Dimension,
  exp,
  full,
  logSoftmax,
  ones,
  scatterAdd,
  type Tensor,
  zeros,
} from '@softvq/core';
import type { Quantized, SoftQuantizer } from '../soft-quantizer.js';
import { VectorQuantizer } from '../vector-quantizer.js';
import { RunningSums } from './running-sums.js';

/** Sums over the tokens of a batch. */
export interface CodebookSums {
  /** How many tokens are nearest to each codeword: (codebooks, codebookSize). */
  readonly assignments: Tensor;
  /** Sum of the weights that tokens give to each codeword: (codebooks, codebookSize). */
  readonly weights: Tensor;
  /** Sum of the entropies of the tokens' weights, in nats: (codebooks). */
  readonly entropies: Tensor;
  /** Sum of the tokens' largest weights: (codebooks). */
  readonly confidences: Tensor;
}

/** How the tokens of a data set use one codebook. Entropies are in nats. */
export interface CodebookSummary {
  /** How many tokens there were. */
  readonly tokens: number;
  /** Share of the codewords that are nearest to one token or more. */
  readonly usage: number;
  /** Exponential of the entropy of how tokens spread over nearest codewords: so many equally used ones. */
  readonly perplexity: number;
  /** Mean entropy of a token's weights over codewords; 0 where every token is one codeword. */
  readonly posteriorEntropy: number;
  /** Entropy of the mean weights; at most the logarithm of the codebook's size. */
  readonly marginalEntropy: number;
  /** Mean of a token's largest weight. */
  readonly confidence: number;
}

/**
 * What a batch adds to the statistics of codebooks: a traced function.
 *
 * @param quantized what `SoftVQ`, `VQ` and `ConvolutionalVQ` give for images. Logits are
 * (codebooks, tokens, codebookSize).
 * @param quantizer that of the tokenizer: with a temperature that makes weights of logits, or with none, so that each
 * token is its nearest codeword.
 */
export function codebookSums(
  quantized: Pick<Quantized, 'logits'>,
  quantizer: SoftQuantizer | VectorQuantizer,
): CodebookSums {
  // Counts outgrow half precision.
  const logits = cast(quantized.logits, 'float32');
  const [codebooks, tokens, size] = logits.shape as readonly [number, Dimension, number];
  const each = ones([codebooks, tokens]);
  const assignments = scatterAdd(zeros([codebooks, size]), 1, argmax(logits), each);
  if (quantizer instanceof VectorQuantizer) {
    const none = full([codebooks], 0);
    return { assignments, weights: assignments, entropies: none, confidences: each.sum(1) };
  }
  const logWeights = logSoftmax(logits.div(quantizer.temperature));
  const weights = exp(logWeights);
  return {
    assignments,
    weights: weights.sum(1),
    entropies: weights.mul(logWeights).sum([1, 2]).neg(),
    confidences: weights.max(-1).sum(1),
  };
}

/**
 * How a data set uses the codebooks, from one batch after the other.
 *
 *     const measure = compile(({ images }: { images: Tensor }) =>
 *       codebookSums(tokenizer.quantized(images), tokenizer.quantize),
 *     );
 *     const statistics = new CodebookStatistics();
 *     for await (const images of batches) await statistics.add(await measure({ images }));
 *     console.log(statistics.summaries());
 */
export class CodebookStatistics {
  readonly #sums = new RunningSums<keyof CodebookSums>();

  /** Adds the sums of a batch, of any size, which stay as they are. */
  async add(sums: CodebookSums): Promise<void> {
    await this.#sums.add({ ...sums });
  }

  /** One for each codebook; none before the first batch. */
  summaries(): CodebookSummary[] {
    const [assignments, weights] = [this.#sums.of('assignments'), this.#sums.of('weights')];
    const [entropies, confidences] = [this.#sums.of('entropies'), this.#sums.of('confidences')];
    const size = assignments.length / entropies.length;
    return Array.from(entropies, (entropy, codebook) => {
      const ofCodebook = (sums: Float64Array) => sums.subarray(codebook * size, (codebook + 1) * size);
      const counts = ofCodebook(assignments);
      const tokens = total(counts);
      return {
        tokens,
        usage: counts.filter((count) => count > 0).length / size,
        perplexity: Math.exp(entropyOf(counts)),
        posteriorEntropy: entropy / tokens,
        marginalEntropy: entropyOf(ofCodebook(weights)),
        confidence: confidences[codebook]! / tokens,
      };
    });
  }
}

function total(numbers: Float64Array): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}

/** Entropy, in nats, of the distribution that numbers from 0 are in proportion to. */
function entropyOf(numbers: Float64Array): number {
  const sum = total(numbers);
  return numbers.reduce(
    (entropy, each) => (each > 0 ? entropy - (each / sum) * Math.log(each / sum) : entropy),
    0,
  );
}
