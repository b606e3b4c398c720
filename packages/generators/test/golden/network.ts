import { type Backend, compile, type Tensor } from '@softvq/core';
import type { DiffusionTransformer } from '../../src/transformer/index.js';
import { figure, type GoldenFigure } from './figure.js';
import type { Golden } from './golden-file.js';

interface Call {
  readonly x: Tensor;
  readonly t: Tensor;
  readonly y: Tensor;
}

/** The prediction of a network with the weights of its file. */
export async function networkFigure(
  network: Pick<DiffusionTransformer, 'forward'>,
  golden: Golden,
  { time, output }: { readonly time: Tensor; readonly output: string },
  backend: Backend,
): Promise<GoldenFigure> {
  const forward = compile(({ x, t, y }: Call) => network.forward(x, t, y), { backend });
  const input = { x: golden.tensor('input.x'), t: time, y: await golden.integers('input.y') };
  const result = await figure(output, 'output', await forward(input), golden.tensor(output));
  await forward.dispose();
  return result;
}
