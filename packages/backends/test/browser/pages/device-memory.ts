import {
  compile,
  gelu,
  layerNorm,
  linear,
  scope,
  sin,
  softmax,
  type Tensor,
  tensor,
  valueAndGrad,
} from '@softvq/core';
import { RandomStream } from '@softvq/core/random';
import { type WebgpuBackend, webgpu } from '../../../src/webgpu/browser/index.js';
import { expose } from '../expose.js';
import { watchGpu } from '../gpu-traffic.js';

const traffic = watchGpu();

const [batch, tokens, width] = [2, 8, 32] as const;
const random = new RandomStream({ seed: 5, name: 'device memory' });

function normal(name: string, ...shape: number[]): Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  return tensor(
    random
      .child(name)
      .normal(count)
      .map((value) => value * 0.1),
    { shape },
  );
}

const zeros = (rows: number, columns: number) =>
  tensor(new Float32Array(rows * columns), { shape: [rows, columns] });

interface Weights {
  readonly mix: Tensor;
  readonly first: Tensor;
  readonly second: Tensor;
}

const makeWeights = (): Weights => ({
  mix: normal('mix', width, width),
  first: normal('first', 2 * width, width),
  second: normal('second', width, 2 * width),
});

function velocity({ mix, first, second }: Weights, x: Tensor, time: Tensor): Tensor {
  const mixed = softmax(linear(layerNorm(x), mix)).add(sin(time));
  return linear(gelu(linear(mixed, first)), second);
}

interface Step {
  readonly x: Tensor;
  readonly time: Tensor;
  readonly size: Tensor;
}

/** Integrates with one compiled step. Gives the counts before each step. */
async function sample(backend: WebgpuBackend, steps: number) {
  const weights = makeWeights();
  const step = compile(({ x, time, size }: Step) => x.add(velocity(weights, x, time).mul(size)), {
    backend,
    donate: ['x'],
  });
  let x = normal('noise', batch, tokens, width);
  const counts = [];
  for (let i = 0; i < steps; i++) {
    const [time, size] = [tensor(i / steps), tensor(1 / steps)];
    x = await step({ x, time, size });
    time.dispose();
    size.dispose();
    counts.push({ ...traffic(), ...backend.transfers() });
  }
  const result = await x.data();
  x.dispose();
  await step.dispose();
  return { counts, finite: result.every((value) => Number.isFinite(Number(value))) };
}

/** Gradient descent with momentum; parameters and their momenta stay where they are computed. */
async function train(backend: WebgpuBackend, steps: number) {
  interface State {
    readonly weights: Weights;
    readonly momenta: Weights;
  }
  const x = normal('image', batch, tokens, width);
  const update = compile(
    ({ weights, momenta }: State) => {
      const { value, gradient } = valueAndGrad((given: Weights) =>
        velocity(given, x, tensor(0.5)).sub(x).square().mean(),
      )(weights);
      const next = (key: keyof Weights) => momenta[key].mul(0.9).add(gradient[key]);
      const moved = { mix: next('mix'), first: next('first'), second: next('second') };
      const stepped = (key: keyof Weights) => weights[key].sub(moved[key].mul(0.5));
      return {
        loss: value,
        state: {
          weights: { mix: stepped('mix'), first: stepped('first'), second: stepped('second') },
          momenta: moved,
        },
      };
    },
    { backend, donate: ['weights', 'momenta'] },
  );
  let state: State = {
    weights: makeWeights(),
    momenta: { mix: zeros(width, width), first: zeros(2 * width, width), second: zeros(width, 2 * width) },
  };
  const losses: number[] = [];
  const counts = [];
  for (let i = 0; i < steps; i++) {
    const result = await update(state);
    losses.push(await result.loss.item());
    result.loss.dispose();
    state = result.state;
    counts.push({ ...traffic(), ...backend.transfers() });
  }
  return { losses, counts };
}

const functions = {
  sample: async (steps: number) => {
    const backend = await webgpu();
    const outcome = await sample(backend, steps);
    await backend.dispose();
    return outcome;
  },
  train: async (steps: number) => {
    const backend = await webgpu();
    const outcome = await train(backend, steps);
    await backend.dispose();
    return outcome;
  },
  /** Bytes alive on one device after each life of a backend on it. */
  cycle: async (times: number) => {
    const adapter = await navigator.gpu.requestAdapter();
    const device = await adapter!.requestDevice();
    const alive: number[] = [];
    for (let i = 0; i < times; i++) {
      const backend = await webgpu({ device });
      await scope(async () => {
        const weight = normal('weight', 4 * width, 4 * width);
        const product = compile(({ x }: { x: Tensor }) => linear(x, weight), { backend });
        await (await product({ x: normal('x', tokens, 4 * width) })).data();
      });
      await backend.dispose();
      alive.push(traffic().alive);
    }
    return alive;
  },
};

export type DeviceMemoryPage = typeof functions;
expose(functions);
