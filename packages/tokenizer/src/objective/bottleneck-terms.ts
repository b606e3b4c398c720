import { ArgumentError, type Tensor } from '@softvq/core';
import { ConvolutionalKL } from '../convolutional/convolutional-kl.js';
import { ConvolutionalVQ } from '../convolutional/convolutional-vq.js';
import { klDivergence } from '../gaussian-posterior.js';
import { KL } from '../kl.js';
import { entropyLoss } from '../soft-quantizer.js';
import { SoftVQ } from '../softvq.js';
import { VQ } from '../vq.js';
import type { LossTerm, LossTerms, TokenizerPass } from './loss-term.js';
import type { PassOf, TrainableTokenizer } from './objective-options.js';

/** A pass of SoftVQ or of VQ. */
type LogitsPass = TokenizerPass & { readonly logits: Tensor };

/** A pass of VQ. */
type VectorQuantizedPass = TokenizerPass & {
  readonly codebookLoss: Tensor;
  readonly commitmentLoss: Tensor;
};

/** A pass of KL. */
type PosteriorPass = TokenizerPass & { readonly mean: Tensor; readonly logVariance: Tensor };

/**
 * `entropyLoss`: tokens that decide clearly among codewords that are all used.
 *
 * @param options.weight default 0.01, as in the paper. @param options.epsilon as of `entropyLoss`.
 */
export function entropyTerm({ weight = 0.01, epsilon = 1e-6 } = {}): LossTerm<LogitsPass> {
  return { weight, loss: ({ pass }) => entropyLoss(given('entropyTerm', pass, 'logits'), { epsilon }) };
}

/** Moves codewords to the tokens (van den Oord et al., 2017). @param options.weight default 1. */
export function codebookTerm({ weight = 1 } = {}): LossTerm<VectorQuantizedPass> {
  return { weight, loss: ({ pass }) => given('codebookTerm', pass, 'codebookLoss') };
}

/** Keeps tokens near their codewords (van den Oord et al., 2017). @param options.weight default 0.25. */
export function commitmentTerm({ weight = 0.25 } = {}): LossTerm<VectorQuantizedPass> {
  return { weight, loss: ({ pass }) => given('commitmentTerm', pass, 'commitmentLoss') };
}

/** Mean divergence of an image's posterior from the standard normal distribution. @param options.weight default 1e-6. */
export function divergenceTerm({ weight = 1e-6 } = {}): LossTerm<PosteriorPass> {
  return {
    weight,
    loss: ({ pass }) => {
      const mean = given('divergenceTerm', pass, 'mean');
      return klDivergence({ mean, logVariance: given('divergenceTerm', pass, 'logVariance') }).mean();
    },
  };
}

/** What a term needs of a pass, which programs without types may not have. */
function given<Pass extends TokenizerPass, Name extends string & keyof Pass>(
  term: string,
  pass: Pass,
  name: Name,
): Pass[Name] {
  if (pass[name] !== undefined) return pass[name];
  throw new ArgumentError(
    `${term} needs "${name}" of a pass, and this kind of tokenizer gives only ${Object.keys(pass).join(', ')}`,
  );
}

/**
 * What a kind of tokenizer asks for beside a good reconstruction, with the usual weights: `entropy` for SoftVQ,
 * `codebook` and `commitment` for VQ, `divergence` for KL, nothing for others.
 */
export function bottleneckTerms<Model extends TrainableTokenizer>(
  tokenizer: Model,
): LossTerms<PassOf<Model>> {
  return termsOfKind(tokenizer) as LossTerms<PassOf<Model>>;
}

function termsOfKind(tokenizer: TrainableTokenizer): Readonly<Record<string, LossTerm<never>>> {
  if (tokenizer instanceof SoftVQ) return { entropy: entropyTerm() };
  if (tokenizer instanceof VQ || tokenizer instanceof ConvolutionalVQ) {
    return { codebook: codebookTerm(), commitment: commitmentTerm() };
  }
  if (tokenizer instanceof KL || tokenizer instanceof ConvolutionalKL)
    return { divergence: divergenceTerm() };
  return {};
}
