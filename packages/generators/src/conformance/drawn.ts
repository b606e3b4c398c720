import type { AnyGenerator, Generator, SampleEvent, SampleOptions, Tensor } from '@softvq/core';

/** What a call of `sample` gave. */
export interface Drawn {
  readonly events: readonly SampleEvent[];
  readonly shape: readonly number[];
  readonly dtype: string;
  /** The latents of each image. */
  readonly images: readonly Float32Array[];
  readonly evaluations: number;
}

/** Options that fit generators of any kind. */
export type DrawOptions = Omit<SampleOptions, 'sampler' | 'guidance'> & {
  readonly sampler?: unknown;
  readonly guidance?: SampleOptions['guidance'];
};

/** The call of `sample`, whatever the kind. */
export function sampling(
  generator: AnyGenerator,
  options: DrawOptions,
): AsyncGenerator<SampleEvent, void, void> {
  return (generator as Generator).sample(options as SampleOptions);
}

/** Draws, and keeps the numbers only. */
export async function draw(generator: AnyGenerator, options: DrawOptions): Promise<Drawn> {
  const events: SampleEvent[] = [];
  for await (const event of sampling(generator, options)) events.push(event);
  const last = events.at(-1);
  if (last?.type !== 'done') throw new Error('sampling must end with an event "done"');
  const { data, shape, dtype } = await last.latents.host();
  const count = shape[0]!;
  const share = data.length / count;
  const images = Array.from({ length: count }, (_, i) =>
    Float32Array.from(data.slice(i * share, (i + 1) * share), Number),
  );
  last.latents.dispose();
  disposePreviews(events);
  return { events, shape, dtype, images, evaluations: last.evaluations };
}

export function disposePreviews(events: readonly SampleEvent[]): void {
  for (const event of events) if (event.type === 'step') event.preview?.dispose();
}

/** Relative distance of numbers, ‖a - b‖ / ‖b‖. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let difference = 0;
  let size = 0;
  for (let i = 0; i < b.length; i++) {
    difference += (a[i]! - b[i]!) ** 2;
    size += b[i]! ** 2;
  }
  return Math.sqrt(difference / (size || 1));
}

/** How far the same image may be apart when the order of rounding differs. */
const rounding = 1e-4;

/** Throws unless images are the same but for rounding. */
export function expectSame(actual: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  const error = distance(actual, expected);
  // Written so that an error that is not a number fails, too.
  if (!(actual.length === expected.length && error <= rounding)) {
    throw new Error(`${what}: relative difference ${error.toExponential(2)} is above ${rounding}`);
  }
}

/** Throws unless images differ by more than rounding. */
export function expectDifferent(actual: ArrayLike<number>, other: ArrayLike<number>, what: string): void {
  if (!(distance(actual, other) > rounding)) throw new Error(`${what} must differ and are the same`);
}

export function expectThat(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}

/** Tensors of a record that are not finite. */
export async function expectFinite(tensors: Readonly<Record<string, Tensor>>): Promise<void> {
  for (const [name, tensor] of Object.entries(tensors)) {
    const numbers = Array.from(await tensor.data(), Number);
    expectThat(numbers.every(Number.isFinite), `${name} is not finite everywhere`);
  }
}
