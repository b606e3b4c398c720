import { type Backend, compile, fromHost, type Tensor } from '@softvq/core';
import type { Graph } from '@softvq/core/graph';
import { noise } from '../noise.js';
import { timeInTurn } from '../timing.js';
import { attentionFlops, linearProducts, Transformer, type TransformerSize } from '../transformer.js';

/**
 * Calls of a network in a chain, as samplers make them: each run starts from what the one before left, on the device
 * where it can. The first begins with numbers on the host, and the last gives numbers on the host.
 */
export interface Contestant {
  readonly run: () => Promise<unknown>;
  readonly dispose: () => Promise<void>;
}

/** What takes part in a comparison. */
export interface Candidate {
  readonly name: string;
  /** Makes one for a network on activations (batch, tokens, width) that start as these numbers. */
  readonly create: (
    network: Transformer,
    shape: readonly number[],
    start: Float32Array,
  ) => Promise<Contestant>;
}

/** Runs in a chain. */
export const chain = 8;

/** Gigaflops a second by name, all from one run. */
export type Rates = Readonly<Record<string, number>>;

/** Times everyone in turn on one transformer. */
export async function compareRates(
  size: TransformerSize,
  candidates: readonly Candidate[],
  rounds: number,
): Promise<Rates> {
  const network = new Transformer(size);
  const shape = [size.batch, size.tokens, size.width];
  const start = noise(size.batch * size.tokens * size.width, 1);
  const linear = linearProducts(size).reduce(
    (sum, { rows, inner, columns, count }) => sum + 2 * rows * inner * columns * count,
    0,
  );
  const flops = chain * (linear + attentionFlops(size));
  const contestants: Record<string, Contestant & { readonly flops: number }> = {};
  for (const { name, create } of candidates) {
    contestants[name] = { ...(await create(network, shape, start)), flops };
  }
  const timings = await timeInTurn(contestants, { rounds, warmup: Math.ceil(rounds / 4) });
  for (const contestant of Object.values(contestants)) await contestant.dispose();
  return Object.fromEntries(Object.entries(timings).map(([name, { gigaflops }]) => [name, gigaflops]));
}

const compiledOn = (network: Transformer, backend: Backend) =>
  compile((input: { x: Tensor }) => ({ y: network.forward(input.x) }), { backend, donate: ['x'] });

/** One of our backends. */
export function ours(name: string, createBackend: () => Promise<Backend>): Candidate {
  return {
    name,
    create: async (network, shape, start) => {
      const backend = await createBackend();
      const forward = compiledOn(network, backend);
      return {
        run: async () => {
          let x = fromHost({ dtype: 'float32', shape, data: start });
          for (let i = 0; i < chain; i++) x = (await forward({ x })).y;
          await x.data();
          x.dispose();
        },
        dispose: async () => {
          await forward.dispose();
          await backend.dispose();
        },
      };
    },
  };
}

/** The graph that a backend would be given. */
export function graphOn(backend: Backend, network: Transformer, shape: readonly number[]): Promise<Graph> {
  const x = fromHost({ dtype: 'float32', shape, data: new Float32Array(shape.reduce((a, b) => a * b)) });
  return compiledOn(network, backend).graph({ x });
}
