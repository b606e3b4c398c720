import { log } from '@clack/prompts';
import { withProgress } from '@softvq/console';
import type { Backend } from '@softvq/core';
import { EmojiClassifier, usualWidths } from './classifier.js';
import { type ClassifierOrigin, readClassifier, saveClassifier } from './classifier-file.js';
import { type EmojiPictures, imageSize } from './emoji-pictures.js';
import { classifierRecipe, trainClassifier } from './train-classifier.js';

export interface PreparedClassifier {
  readonly classifier: EmojiClassifier;
  /** How long training took; undefined where there was a classifier already. */
  readonly trainingSeconds?: number;
}

/**
 * The classifier of a folder, or where there is none that was made with these pictures, a new one, which is saved.
 *
 * @throws as `readClassifier` and `trainClassifier` do.
 */
export async function prepareClassifier(
  folder: string,
  emoji: EmojiPictures,
  { backend, seed, signal }: { backend: Backend; seed: number; signal: AbortSignal },
): Promise<PreparedClassifier> {
  const { classes, fingerprint, training } = emoji;
  const origin: ClassifierOrigin = {
    classes,
    fingerprint,
    imageSize,
    seed,
    widths: usualWidths,
    recipe: classifierRecipe,
  };
  const blank = new EmojiClassifier({ classes: classes.length, widths: usualWidths, seed });
  const found = await readClassifier(folder, blank, origin);
  if (found !== undefined) {
    log.info(`The classifier in ${folder} is used again`);
    return { classifier: found };
  }
  const started = performance.now();
  const elapsed = (): number => (performance.now() - started) / 1000;
  const classifier = await withProgress('Training the classifier', (update) =>
    trainClassifier(blank, training, {
      backend,
      recipe: classifierRecipe,
      seed,
      signal,
      onStep: ({ step, steps, loss }) => {
        const left = (elapsed() / step) * (steps - step);
        update(
          step / steps,
          `Classifier: step ${step} of ${steps}, loss ${loss.toFixed(3)}, ${left.toFixed(0)} s left`,
        );
      },
    }),
  );
  await saveClassifier(folder, classifier, origin);
  const trainingSeconds = elapsed();
  log.success(`Classifier trained in ${trainingSeconds.toFixed(0)} s and saved in ${folder}`);
  return { classifier, trainingSeconds };
}
