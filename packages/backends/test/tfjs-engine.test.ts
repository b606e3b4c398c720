import {
  BackendError,
  compile,
  conv2d,
  DisposedError,
  DTypeError,
  linear,
  ShapeError,
  type Tensor,
  tensor,
  transpose,
  valueAndGrad,
} from '@softvq/core';
import { RandomStream } from '@softvq/core/random';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { reference } from '../src/reference/index.js';
import { tfjs } from '../src/tfjs/index.js';

const random = new RandomStream({ seed: 7, name: 'tfjs' });

function randomTensor(name: string, shape: readonly number[]): Tensor {
  const size = shape.reduce((product, each) => product * each, 1);
  return tensor(random.child(name).normal(size), { shape });
}

async function numbers(x: Tensor): Promise<number[]> {
  return Array.from((await x.host()).data, Number);
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  for (const [i, each] of expected.entries()) expect(actual[i]).toBeCloseTo(each, 4);
}

describe('the tfjs backend', () => {
  it('leaves the memory of tfjs as it was, fifty times over', async () => {
    const step = ({ weight, x }: { weight: Tensor; x: Tensor }) => {
      const { value, gradient } = valueAndGrad((w: Tensor) => linear(x, w).square().sum())(weight);
      return { value, weight: weight.sub(gradient.mul(0.01)) };
    };
    await (await tfjs({ tf, device: 'wasm' })).dispose();
    const before = tf.memory();
    for (let i = 0; i < 50; i++) {
      const backend = await tfjs({ tf, device: 'wasm' });
      const compiled = compile(step, { backend, donate: ['weight'] });
      const x = randomTensor('x', [4, 8]);
      let weight = randomTensor('weight', [3, 8]);
      for (let call = 0; call < 2; call++) {
        const result = await compiled({ weight, x });
        await result.value.item();
        weight = result.weight;
      }
      // What was not given back is freed with the backend.
      await backend.dispose();
    }
    const { numTensors, numDataBuffers, numBytes } = tf.memory();
    expect({ numTensors, numDataBuffers, numBytes }).toEqual({
      numTensors: before.numTensors,
      numDataBuffers: before.numDataBuffers,
      numBytes: before.numBytes,
    });
  });

  it('frees intermediates within a run', async () => {
    const backend = await tfjs({ tf, device: 'wasm' });
    const fn = ({ x }: { x: Tensor }) => {
      let result = x;
      for (let i = 0; i < 30; i++) result = result.exp().neg();
      return result;
    };
    const compiled = compile(fn, { backend });
    const x = randomTensor('chain', [1000]);
    await compiled.prepare({ x });
    const { newTensors, peakBytes } = await tf.profile(async () => {
      await compiled({ x });
      return tf.scalar(0);
    });
    expect(newTensors).toBeLessThan(4);
    expect(peakBytes - tf.memory().numBytes).toBeLessThan(5 * 4000);
    await backend.dispose();
  });

  it('computes on its own device and gives the application its own back', async () => {
    const wasm = await tfjs({ tf, device: 'wasm' });
    const cpu = await tfjs({ tf, device: 'cpu' });
    expect(tf.getBackend()).toBe('cpu');
    for (const backend of [wasm, cpu]) {
      const twice = compile(({ x }: { x: Tensor }) => x.mul(2), { backend });
      expect(await numbers(await twice({ x: tensor([1, 2]) }))).toEqual([2, 4]);
      expect(tf.getBackend()).toBe('cpu');
    }
    await wasm.dispose();
    await cpu.dispose();
  });

  it('survives the scopes of an application', async () => {
    const backend = await tfjs({ tf, device: 'wasm' });
    const shift = compile(({ x }: { x: Tensor }) => x.add(tensor([10, 20])), { backend });
    tf.engine().startScope();
    const first = await shift({ x: tensor([1, 2]) });
    tf.engine().endScope();
    expect(await numbers(first)).toEqual([11, 22]);
    expect(await numbers(await shift({ x: first }))).toEqual([21, 42]);
    await backend.dispose();
  });

  it('takes weights that several operations share in one order of axes or in two', async () => {
    const [backend, truth] = [await tfjs({ tf, device: 'wasm' }), await reference()];
    const [matrix, kernel] = [randomTensor('matrix', [6, 6]), randomTensor('kernel', [2, 3, 3, 3])];
    const fn = ({ x, images }: { x: Tensor; images: Tensor }) => ({
      shared: linear(linear(x, matrix), matrix),
      both: linear(x, matrix).add(matrix.sum()),
      convolved: conv2d(images, kernel),
      kernel: kernel.mul(1),
    });
    const inputs = { x: randomTensor('x', [5, 6]), images: randomTensor('images', [1, 3, 5, 5]) };
    const [actual, expected] = [
      await compile(fn, { backend })(inputs),
      await compile(fn, { backend: truth })(inputs),
    ];
    for (const key of ['shared', 'both', 'convolved', 'kernel'] as const) {
      expectClose(await numbers(actual[key]), await numbers(expected[key]));
    }
    await backend.dispose();
    await truth.dispose();
  });

  it('handles more axes than tfjs does', async () => {
    const [backend, truth] = [await tfjs({ tf, device: 'wasm' }), await reference()];
    const shape = [2, 3, 2, 2, 2, 3, 2, 2];
    const fn = ({ x, y }: { x: Tensor; y: Tensor }) => [
      transpose(x, [7, 5, 3, 1, 6, 4, 2, 0]),
      x.add(y),
      x.slice([null, { step: -1 }, null, null, null, { start: 1 }]),
      x.sum([1, 3, 5]),
    ];
    const inputs = { x: randomTensor('many', shape), y: randomTensor('few', [3, 1, 2, 1, 3, 1, 2]) };
    const [actual, expected] = [
      await compile(fn, { backend })(inputs),
      await compile(fn, { backend: truth })(inputs),
    ];
    for (const [i, each] of actual.entries()) {
      expect(each.shape).toEqual(expected[i]!.shape);
      expectClose(await numbers(each), await numbers(expected[i]!));
    }
    await backend.dispose();
    await truth.dispose();
  });

  it('frees the constants of a compilation that dispose() overtook', async () => {
    await (await tfjs({ tf, device: 'wasm' })).dispose();
    const before = tf.memory().numTensors;
    const backend = await tfjs({ tf, device: 'wasm' });
    const weight = randomTensor('slow', [4, 4]);
    const compiled = compile(({ x }: { x: Tensor }) => linear(x, weight), { backend });
    const compiling = backend.compile(await compiled.graph({ x: randomTensor('x', [2, 4]) }));
    await backend.dispose();
    await expect(compiling).rejects.toThrow(DisposedError);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses element types that tfjs has not', async () => {
    const backend = await tfjs({ tf, device: 'wasm' });
    const half = { dtype: 'float16', shape: [1], data: new Uint16Array(1) } as const;
    await expect(backend.upload(half)).rejects.toThrow(DTypeError);
    const widened = compile(({ x }: { x: Tensor }) => x.cast('float64'), { backend });
    await expect(widened({ x: tensor([1]) })).rejects.toThrow('cast is float64, and tfjs has float32, int32');
    await backend.dispose();
  });

  it('refuses what is not its own or does not fit', async () => {
    const [backend, other] = [await tfjs({ tf, device: 'wasm' }), await reference()];
    const compiled = compile(({ x }: { x: Tensor }) => x.add(1), { backend });
    const executable = await backend.compile(await compiled.graph({ x: tensor([1, 2]) }));
    const host = { dtype: 'float32', shape: [2], data: Float32Array.of(1, 2) } as const;
    await expect(backend.upload({ ...host, shape: [3] })).rejects.toThrow(ShapeError);
    await expect(executable.run([await other.upload(host)])).rejects.toThrow('another backend');
    await expect(executable.run([])).rejects.toThrow('takes 1 inputs, not 0');
    const buffer = await backend.upload(host);
    await backend.dispose();
    await expect(backend.download(buffer)).rejects.toThrow(DisposedError);
    expect(() => (buffer as { tensor?: unknown } & typeof buffer).tensor).toThrow('given up');
  });

  it('says which device could not be started, and keeps the one there was', async () => {
    await tf.setBackend('cpu');
    const failure = tfjs({ tf, device: 'webgpu' });
    await expect(failure).rejects.toThrow(BackendError);
    await expect(failure).rejects.toThrow('webgpu');
    expect(tf.getBackend()).toBe('cpu');
  });
});
