import { evaluate, isFloating, type Tensor, type Tokenizer, tensor } from '@softvq/core';
import { RandomStream } from '@softvq/core/random';

/**
 * The tokenizer with other values than it was made with. Initial values hide mistakes: they are so small that images
 * hardly change the latents and latents hardly change the images, zeros among them stop gradients, and what saving
 * loses comes back as the initial value that it was.
 */
export async function withOtherValues<T extends Tokenizer>(tokenizer: T): Promise<T> {
  const changed = Object.fromEntries(
    Object.entries(tokenizer.stateDict())
      .filter(([, { dtype }]) => isFloating(dtype))
      .map(([name, each]) => [name, moved(name, each)]),
  );
  await evaluate(changed);
  return tokenizer.with(changed);
}

/** Every number closer to 0 and then to either side, so that zeros and ones move, too. */
function moved(name: string, before: Tensor): Tensor {
  // Parameters have no symbolic sizes.
  const shape = before.shape as readonly number[];
  const count = shape.reduce((product, size) => product * size, 1);
  const high = reach(shape, count);
  const steps = new RandomStream({ seed: 0, name }).uniform(count, { low: -high, high });
  return before.mul(0.75).add(tensor(steps, { shape }).cast(before.dtype));
}

/** Matrices move so far that they pass on about what they get; biases and scales, a little. */
function reach(shape: readonly number[], count: number): number {
  return shape.length < 2 ? 0.1 : Math.sqrt((3 * shape[0]!) / count);
}
