import {
  type Backend,
  compile,
  expandDims,
  fromHost,
  gather,
  logSoftmax,
  type Tensor,
  valueAndGrad,
} from '@softvq/core';
import type { TensorRecord } from '@softvq/core/nn';
import { type AdamState, adamW, cosine } from '@softvq/core/optim';
import { RandomStream } from '@softvq/core/random';
import { picturesToFloats } from '@softvq/data';
import type { EmojiClassifier } from './classifier.js';
import type { LabelledPictures } from './emoji-pictures.js';
import { shiftPictures } from './shift-pictures.js';

/** Everything that the trained parameters depend on besides the pictures and the initial values. */
export interface ClassifierRecipe {
  readonly epochs: number;
  readonly batchSize: number;
  readonly peakLearningRate: number;
  readonly weightDecay: number;
  /** Pictures are moved by up to so many pixels in each direction. */
  readonly maximumShift: number;
}

export const classifierRecipe: ClassifierRecipe = {
  epochs: 16,
  batchSize: 64,
  peakLearningRate: 3e-3,
  weightDecay: 0.05,
  maximumShift: 4,
};

export interface ClassifierTrainingOptions {
  readonly backend: Backend;
  readonly recipe: ClassifierRecipe;
  /** Of the order of the pictures and their shifts. */
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly onStep: (progress: ClassifierProgress) => void;
}

export interface ClassifierProgress {
  /** From 1. */
  readonly step: number;
  readonly steps: number;
  /** Mean cross-entropy of the last batch, in nats. */
  readonly loss: number;
}

interface TrainingState {
  readonly parameters: TensorRecord;
  readonly optimizer: AdamState;
}

/**
 * Trains a classifier and returns the copy that holds the trained parameters. A step (forward, backward, AdamW) is one
 * compiled call.
 *
 * @param pictures of one size, at least one batch of them.
 * @throws the signal's reason once it is aborted.
 */
export async function trainClassifier(
  classifier: EmojiClassifier,
  pictures: LabelledPictures,
  { backend, recipe, seed, signal, onStep }: ClassifierTrainingOptions,
): Promise<EmojiClassifier> {
  const { epochs, batchSize, peakLearningRate, weightDecay, maximumShift } = recipe;
  const steps = epochs * Math.floor(pictures.pictures.length / batchSize);
  const optimizer = adamW({
    learningRate: cosine({
      peak: peakLearningRate,
      warmupSteps: Math.ceil(steps / 20),
      totalSteps: steps + 1,
    }),
    weightDecay,
    // Norms and biases are left out, as is usual.
    groups: [{ match: (_, { rank }) => rank === 1, weightDecay: 0 }],
  });
  const step = compile(
    ({ state, images, labels }: { state: TrainingState; images: Tensor; labels: Tensor }) => {
      const { value, gradient } = valueAndGrad((parameters: TensorRecord) => {
        const copy = classifier.with(parameters);
        return crossEntropy(copy.logits(copy.features(images)), labels);
      })(state.parameters);
      const updated = optimizer.update(state.parameters, gradient, state.optimizer);
      return { loss: value, state: { parameters: updated.parameters, optimizer: updated.state } };
    },
    { backend, donate: ['state'] },
  );
  const parameters = classifier.parameters();
  let state: TrainingState = { parameters, optimizer: optimizer.init(parameters) };
  const random = new RandomStream({ seed, name: 'emoji-evaluation/training' });
  try {
    const batches = chosenBatches(pictures.pictures.length, { epochs, batchSize, random });
    for (const [done, chosen] of batches.entries()) {
      signal.throwIfAborted();
      const floats = picturesToFloats(Array.from(chosen, (at) => pictures.pictures[at]!));
      shiftPictures(floats, maximumShift, random.child('shift', done));
      const images = fromHost({ dtype: 'float32', ...floats });
      const labels = fromHost({
        dtype: 'int32',
        shape: [batchSize],
        data: Int32Array.from(chosen, (at) => pictures.labels[at]!),
      });
      const result = await step({ state, images, labels });
      state = result.state;
      onStep({ step: done + 1, steps, loss: await result.loss.item() });
      for (const used of [result.loss, images, labels]) used.dispose();
    }
  } finally {
    await step.dispose();
  }
  const { step: completed, first, second } = state.optimizer;
  for (const used of [completed, ...Object.values(first), ...Object.values(second)]) used.dispose();
  return classifier.with(state.parameters);
}

/** Mean over the batch of the negative logarithm of the probability that logits (batch, classes) give the labels. */
function crossEntropy(logits: Tensor, labels: Tensor): Tensor {
  return gather(logSoftmax(logits), 1, expandDims(labels, 1)).mean().neg();
}

/** Positions of the pictures of each batch: every picture once an epoch, but for the rest that fills no batch. */
function chosenBatches(
  pictures: number,
  { epochs, batchSize, random }: { epochs: number; batchSize: number; random: RandomStream },
): Int32Array[] {
  return Array.from({ length: epochs }, (_, epoch) =>
    random.child('order', epoch).permutation(pictures),
  ).flatMap((order) =>
    Array.from({ length: Math.floor(pictures / batchSize) }, (_, i) =>
      order.subarray(i * batchSize, (i + 1) * batchSize),
    ),
  );
}
