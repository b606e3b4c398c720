import { compile, fromHost, setDefaultBackend, type Tensor } from '@softvq/core';
import { TransformerBlock } from '@softvq/core/nn';
import { RandomStream } from '@softvq/core/random';
import ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { cpu } from '../src/cpu/index.js';
import { exportOnnx } from '../src/onnx/index.js';

const random = new RandomStream({ seed: 2, name: 'export' });
const block = new TransformerBlock(24, { heads: 3, random });
const input = (batch: number): Tensor =>
  fromHost({ dtype: 'float32', shape: [batch, 5, 24], data: random.child('x', batch).normal(batch * 120) });

describe('exportOnnx', () => {
  it.each([true, false])(
    'writes a file that stock ONNX Runtime runs (its own operators: %s)',
    async (microsoftOperators) => {
      const backend = await cpu({ threads: 1 });
      setDefaultBackend(backend);
      const run = compile(({ tokens }: { tokens: Tensor }) => block.forward(tokens), {
        dynamic: { tokens: ['batch'] },
      });
      const file = await exportOnnx(await run.graph({ tokens: input(2) }), {
        outputNames: ['hidden'],
        microsoftOperators,
      });
      const session = await ort.InferenceSession.create(file);
      expect(session.inputNames).toEqual(['tokens']);
      expect(session.outputNames).toEqual(['hidden']);
      for (const batch of [1, 4]) {
        const tokens = input(batch);
        const { data } = (await tokens.host()) as { data: Float32Array };
        const result = await session.run({ tokens: new ort.Tensor('float32', data, [batch, 5, 24]) });
        const expected = (await (await run({ tokens })).data()) as Float32Array;
        const actual = result['hidden']!.data as Float32Array;
        expect(actual).toHaveLength(expected.length);
        for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 4);
      }
      await session.release();
      await backend.dispose();
    },
  );

  it('refuses names that do not fit the outputs', async () => {
    const run = compile(({ x }: { x: Tensor }) => x.add(1), { backend: await cpu({ threads: 1 }) });
    const graph = await run.graph({ x: input(1) });
    await expect(exportOnnx(graph, { outputNames: ['a', 'b'] })).rejects.toThrow('1 outputs and 2 names');
  });
});
