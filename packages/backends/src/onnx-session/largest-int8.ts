import type { CompileOptions } from '@softvq/core';
import { encodeModel, type LargestInt8, type LoweringOptions, microsoft } from '../onnx/index.js';
import type { Runtime, SessionOptions } from './engine.js';

const [inner, columns] = [64, 16];

/**
 * How large int8 elements may be in products that are to be exact, which depends on the processor and is tried with the
 * largest numbers there can be.
 */
async function largestInt8(runtime: Runtime, options: SessionOptions): Promise<LargestInt8> {
  const model = encodeModel({
    opsets: [
      { domain: '', version: 20 },
      { domain: microsoft, version: 1 },
    ],
    nodes: [
      {
        operator: 'DynamicQuantizeMatMul',
        domain: microsoft,
        inputs: ['x', 'weight', 'scale'],
        outputs: ['y'],
        attributes: {},
      },
    ],
    initializers: [
      {
        name: 'weight',
        dtype: 'int8',
        shape: [inner, columns],
        content: new Uint8Array(inner * columns).fill(127),
      },
      { name: 'scale', dtype: 'float32', shape: [1], content: new Uint8Array(Float32Array.of(1).buffer) },
    ],
    inputs: [{ name: 'x', dtype: 'float32', shape: [1, inner] }],
    outputs: [{ name: 'y', dtype: 'float32', shape: [1, columns] }],
  });
  const session = await runtime.InferenceSession.create(model, options);
  const x = new runtime.Tensor('float32', new Float32Array(inner).fill(1), [1, inner]);
  const { y } = await session.run({ x });
  await session.release();
  const expected = inner * 127;
  const isExact = (y!.data as Float32Array).every((each) => Math.abs(each - expected) < 1e-3 * expected);
  return isExact ? 127 : 64;
}

/**
 * What lowering is told about the int8 weights of a graph. The processor is tried with the first; `inTurn` runs that when
 * the engine is free.
 */
export function int8Lowering(
  runtime: Runtime,
  options: SessionOptions,
  inTurn: <Result>(task: () => Promise<Result>) => Promise<Result>,
): (options: CompileOptions) => Promise<Pick<LoweringOptions, 'int8'>> {
  let largest: Promise<LargestInt8> | undefined;
  return async ({ int8Weights: weights }) => {
    if (weights === undefined || weights.size === 0) return {};
    largest ??= inTurn(() => largestInt8(runtime, options));
    return { int8: { weights, largest: await largest } };
  };
}
