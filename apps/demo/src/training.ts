import { compile, scalar, type Tensor, tensor, valueAndGrad } from '@softvq/core';
import type { TensorRecord } from '@softvq/core/nn';
import { type AdamState, adamW, clipByGlobalNorm, ema } from '@softvq/core/optim';
import { entropyLoss, type SoftVQ } from '@softvq/tokenizer';

export interface TrainingOptions {
  readonly batches: Iterator<Tensor, never>;
  /** How long to train. */
  readonly seconds: number;
  readonly peakLearningRate: number;
  readonly signal: AbortSignal;
  readonly onStep: (progress: TrainingProgress) => void;
}

export interface TrainingProgress {
  readonly steps: number;
  /** Mean squared error of the last batch, pixels in [-1, 1]. */
  readonly loss: number;
  readonly imagesPerSecond: number;
  /** Between 0 and 1. */
  readonly share: number;
  readonly secondsLeft: number;
}

interface TrainingState {
  readonly parameters: TensorRecord;
  readonly optimizer: AdamState;
  readonly average: TensorRecord;
}

const warmupShare = 0.03;
const entropyWeight = 0.01;

/**
 * Trains the tokenizer to reconstruct for a fixed time and returns it with averaged parameters. A step (forward,
 * backward, clipping, AdamW, average) is one call into the engine, and everything but the batch stays there.
 *
 * @throws the signal's reason when aborted.
 */
export async function train(model: SoftVQ, options: TrainingOptions): Promise<SoftVQ> {
  const average = ema(0.99);
  const rate = { current: scalar(0) };
  const optimizer = adamW({ learningRate: () => rate.current, betas: [0.9, 0.95], weightDecay: 1e-4 });

  const step = compile(
    ({ state, images, learningRate }: { state: TrainingState; images: Tensor; learningRate: Tensor }) => {
      rate.current = learningRate;
      const { gradient, auxiliary } = valueAndGrad((parameters: TensorRecord) => {
        const copy = model.with(parameters);
        const { latents, logits } = copy.quantized(images);
        const error = copy.decode(latents).sub(images).square().mean();
        return [error.add(entropyLoss(logits).mul(entropyWeight)), error] as const;
      })(state.parameters);
      const { gradients } = clipByGlobalNorm(gradient, 1);
      const updated = optimizer.update(state.parameters, gradients, state.optimizer);
      return {
        loss: auxiliary,
        state: {
          parameters: updated.parameters,
          optimizer: updated.state,
          average: average.update(state.average, updated.parameters),
        },
      };
    },
    { donate: ['state'] },
  );

  const parameters = model.parameters();
  let state: TrainingState = {
    parameters,
    optimizer: optimizer.init(parameters),
    average: average.init(parameters),
  };
  let start = performance.now();
  let trained = 0;
  for (let steps = 1; ; steps++) {
    options.signal.throwIfAborted();
    const share = Math.min(1, (performance.now() - start) / 1000 / options.seconds);
    const images = options.batches.next().value;
    const learningRate = tensor(options.peakLearningRate * rateFactor(share));
    const result = await step({ state, images, learningRate });
    state = result.state;
    const loss = await result.loss.item();
    for (const used of [result.loss, images, learningRate]) used.dispose();
    // Compiling is part of the first step and not of the time to train.
    if (steps === 1) start = performance.now();
    else trained += images.shape[0] as number;
    const elapsed = (performance.now() - start) / 1000;
    options.onStep({
      steps,
      loss,
      share: Math.min(1, elapsed / options.seconds),
      imagesPerSecond: trained / Math.max(elapsed, 1e-3),
      secondsLeft: Math.max(0, options.seconds - elapsed),
    });
    if (elapsed >= options.seconds) break;
  }
  await step.dispose();
  return model.with(state.average);
}

/** A short rise, then half a cosine down to nothing. */
function rateFactor(share: number): number {
  if (share < warmupShare) return (share + 0.001) / warmupShare;
  return 0.5 * (1 + Math.cos((Math.PI * (share - warmupShare)) / (1 - warmupShare)));
}
