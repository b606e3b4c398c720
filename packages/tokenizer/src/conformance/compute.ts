import { type Backend, type HostTensor, type Tensor, type Tokenizer, withCompiled } from '@softvq/core';

/** Results by name. */
export type HostRecord = Readonly<Record<string, HostTensor>>;

type Results = Readonly<Record<string, Tensor>>;

/** Everything that a tokenizer makes of images. */
export function bothWays(tokenizer: Tokenizer): (images: Tensor) => Results {
  return (images) => ({ latents: tokenizer.encode(images), images: tokenizer.reconstruct(images) });
}

/** The results of one call, compiled for these very shapes. */
export async function compute(
  backend: Backend,
  input: Tensor,
  fn: (input: Tensor) => Results,
): Promise<HostRecord> {
  return withCompiled(fn, { backend }, async (run) => hostRecord(await run(input)));
}

export async function hostRecord(results: Results): Promise<HostRecord> {
  const entries = Object.entries(results).map(async ([name, each]) => [name, await each.host()] as const);
  return Object.fromEntries(await Promise.all(entries));
}
