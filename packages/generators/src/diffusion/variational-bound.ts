import { exp, log, maximum, type Tensor, tanh, where } from '@softvq/core';

export interface BoundInputs {
  /** (rows, …shape). */
  readonly data: Tensor;
  /** Mean of the true posterior, which is the data at timestep 0, less the predicted mean. */
  readonly difference: Tensor;
  /** Logarithm of the true posterior's variance. */
  readonly trueLogVariance: Tensor;
  /** The predicted one. */
  readonly logVariance: Tensor;
  /** bool: whether a row is at timestep 0. */
  readonly isFirst: Tensor;
}

/** Half a step of 8-bit data in [-1, 1]. */
const halfBin = 1 / 255;
/** Beyond it, the outermost bins reach to infinity. */
const edge = 0.999;
const leastProbability = 1e-12;

/**
 * A term of the variational bound for each number, in bits (Ho et al. 2020, eq. 5): the divergence between the true
 * and the predicted step, and at timestep 0 the negative log likelihood of the data, which counts as 8-bit there.
 */
export function variationalBound(inputs: BoundInputs): Tensor {
  return where(inputs.isFirst, negativeLogLikelihood(inputs), divergence(inputs)).mul(1 / Math.LN2);
}

/** The divergence of Gaussians, KL(true ‖ predicted). */
function divergence({ difference, trueLogVariance, logVariance }: BoundInputs): Tensor {
  const ratio = exp(trueLogVariance.sub(logVariance));
  const distance = difference.square().mul(exp(logVariance.neg()));
  return logVariance.sub(trueLogVariance).add(ratio).add(distance).sub(1).mul(0.5);
}

/** Of the data's bin under the predicted Gaussian. */
function negativeLogLikelihood({ data, difference, logVariance }: BoundInputs): Tensor {
  const inverse = exp(logVariance.mul(-0.5));
  const upper = normalDistribution(difference.add(halfBin).mul(inverse));
  const lower = normalDistribution(difference.sub(halfBin).mul(inverse));
  const logOf = (probability: Tensor): Tensor => log(maximum(probability, leastProbability));
  const inside = logOf(upper.sub(lower));
  const upwards = logOf(lower.neg().add(1));
  return where(data.less(-edge), logOf(upper), where(data.greater(edge), upwards, inside)).neg();
}

/** The standard normal distribution function, as the tanh approximation that networks were trained with. */
function normalDistribution(x: Tensor): Tensor {
  const inner = x.add(x.square().mul(x).mul(0.044715)).mul(Math.sqrt(2 / Math.PI));
  return tanh(inner).add(1).mul(0.5);
}
