import { type AnyGenerator, evaluate, isFloating, type Tensor, tensor } from '@softvq/core';
import { RandomStream } from '@softvq/core/random';

/**
 * The generator with other values than it was made with. Generators start as zero in places, so that labels, times
 * and gradients do not get through, and what saving loses comes back as the initial value that it was.
 */
export async function withOtherValues<G extends AnyGenerator>(generator: G): Promise<G> {
  const changed = Object.fromEntries(
    Object.entries(generator.stateDict())
      .filter(([, { dtype }]) => isFloating(dtype))
      .map(([name, each]) => [name, moved(name, each)]),
  );
  await evaluate(changed);
  return generator.with(changed) as G;
}

/** Every number closer to 0 and then to either side, so that zeros and ones move, too. */
function moved(name: string, before: Tensor): Tensor {
  // Parameters have no symbolic sizes.
  const shape = before.shape as readonly number[];
  const count = shape.reduce((product, size) => product * size, 1);
  // Matrices move so far that they pass on about what they get; biases and scales, a little.
  const reach = shape.length < 2 ? 0.1 : Math.sqrt((3 * shape[0]!) / count);
  const steps = new RandomStream({ seed: 0, name }).uniform(count, { low: -reach, high: reach });
  return before.mul(0.75).add(tensor(steps, { shape }).cast(before.dtype));
}
