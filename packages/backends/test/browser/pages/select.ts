import { type Backend, fromHost, linear, type Precision, type Tensor, withCompiled } from '@softvq/core';
import { RandomStream } from '@softvq/core/random';
import {
  type BackendDescription,
  type BackendPreferences,
  describeBackends,
  formatBackends,
  type RefusedBackend,
  selectBackend,
} from '../../../src/select/browser/index.js';
import { expose } from '../expose.js';

let backend: Backend | undefined;

const random = new RandomStream({ seed: 9, name: 'select' });

function randomTensor(name: string, shape: readonly [number, number]): Tensor {
  return fromHost({ dtype: 'float32', shape, data: random.child(name).normal(shape[0] * shape[1]) });
}

const functions = {
  select: async (
    preferences: BackendPreferences,
  ): Promise<{ name: string; attempts: readonly RefusedBackend[] }> => {
    const selection = await selectBackend(preferences);
    backend = selection.backend;
    return { name: backend.name, attempts: selection.attempts };
  },
  describe: async (): Promise<{ descriptions: BackendDescription[]; table: string }> => {
    const descriptions = await describeBackends({ wasm: { threads: 1 }, tfjs: { device: 'webgl' } });
    return { descriptions, table: formatBackends(descriptions) };
  },
  /** How far a linear layer in a precision is from float32, relatively, on the backend that was selected. */
  errorOf: async (precision: Precision): Promise<number> => {
    const weight = randomTensor('weight', [40, 70]);
    const x = randomTensor('x', [6, 70]);
    const compute = async (options: { precision?: Precision }): Promise<number[]> => {
      const fn = ({ x }: { x: Tensor }) => linear(x, weight);
      const result = await withCompiled(fn, { backend: backend!, ...options }, (run) => run({ x }));
      return Array.from((await result.host()).data, Number);
    };
    const [exact, approximate] = [await compute({}), await compute({ precision })];
    return Math.hypot(...exact.map((value, i) => value - approximate[i]!)) / Math.hypot(...exact);
  },
};

export type SelectPage = typeof functions;

expose(functions);
