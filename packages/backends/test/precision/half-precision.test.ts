import { type Backend, compile, fromStored, linear, type Tensor, tensor, withCompiled } from '@softvq/core';
import { openFile } from '@softvq/core/node';
import { describe, expect, it } from 'vitest';
import { cpu } from '../../src/cpu/index.js';
import { tfjs } from '../../src/tfjs/index.js';
import { wasm } from '../../src/wasm/node/index.js';
import { relativeError } from '../golden/relative-error.js';
import { openSoftVQGolden } from '../golden/softvq.js';

const golden = new URL('../../../../fixtures/golden/tokenizer/softvq.safetensors', import.meta.url).pathname;

/** Of a tokenizer whose products are computed in half precision. */
const tokenizerBound = 5e-3;

/** A backend as a device would be that computes in half precision: the kernels of the CPU are slow there, and right. */
function declaringHalf(backend: Backend): Backend {
  return { ...backend, capabilities: { ...backend.capabilities, precisions: ['float16'] } };
}

async function goldenErrors(backend: Backend) {
  const { model, images, stored } = await openSoftVQGolden(await openFile(golden));
  const fn = ({ images }: { images: Tensor }) => {
    const { latents } = model.quantized(images);
    return { latents, image: model.decode(latents) };
  };
  const options = { backend, precision: 'float16' } as const;
  const graph = await compile(fn, options).graph({ images });
  const { latents, image } = await withCompiled(fn, options, (run) => run({ images }));
  return {
    halves: graph.nodes.filter(({ dtype }) => dtype === 'float16').length,
    types: [latents.dtype, image.dtype],
    errors: [
      await relativeError(latents, stored('output.latent')),
      await relativeError(image, stored('output.image')),
    ],
  };
}

describe('golden tokenizer/softvq in precision float16', () => {
  it('is computed in half precision by kernels of ONNX Runtime', async () => {
    const backend = await cpu({ threads: 1 });
    const { halves, types, errors } = await goldenErrors(declaringHalf(backend));
    expect(halves).toBeGreaterThan(20);
    expect(types).toEqual(['float32', 'float32']);
    for (const error of errors) {
      expect(error).toBeGreaterThan(1e-5);
      expect(error).toBeLessThan(tokenizerBound);
    }
    await backend.dispose();
  });

  it.each([
    ['cpu', () => cpu({ threads: 1 })],
    ['wasm', () => wasm({ threads: 1 })],
    ['tfjs', () => tfjs({ device: 'wasm' })],
  ] as const)('is computed in float32 on %s', async (_, createBackend) => {
    const backend = await createBackend();
    const { halves, errors } = await goldenErrors(backend);
    expect(halves).toBe(0);
    for (const error of errors) expect(error).toBeLessThan(1e-4);
    await backend.dispose();
  });
});

it('half weights of a file run on backends without float16', async () => {
  const backend = await tfjs({ device: 'cpu' });
  const data = Uint16Array.of(0x3c00, 0x4000, 0xbc00, 0x3800);
  const weight = fromStored({
    dtype: 'float16',
    storedAs: 'float16',
    shape: [2, 2],
    read: async () => ({ dtype: 'float16', shape: [2, 2], data }),
  });
  const run = compile(({ x }: { x: Tensor }) => linear(x.cast('float16'), weight).cast('float32'), {
    backend,
    precision: 'float32',
  });
  expect(await (await run({ x: tensor([[1, 10]]) })).array()).toEqual([[21, 4]]);
  await backend.dispose();
});
