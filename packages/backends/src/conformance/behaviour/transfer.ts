import { bytesPerElement, formatShape, type Tensor } from '@softvq/core';
import { assertClose } from '../comparison.js';
import { makeInputs, numbers } from '../inputs.js';
import { checksOf, expectEqual } from './expectations.js';

const shapes: readonly (readonly number[])[] = [[], [1], [7], [3, 5], [0], [2, 0, 3], [1, 2, 1, 3, 1]];

export const transfer = checksOf('transfer', {
  'there and back, every declared type': async ({ backend }) => {
    for (const dtype of backend.capabilities.dtypes) {
      for (const shape of shapes) {
        const [x] = makeInputs(`transfer ${shape}`, [numbers(...shape)], dtype) as [Tensor];
        const host = await x.host();
        const buffer = await backend.upload(host);
        const what = `${dtype}${formatShape(shape)}`;
        expectEqual(buffer.dtype, dtype, `the element type of ${what}`);
        expectEqual(formatShape(buffer.shape), formatShape(shape), `the shape of ${what}`);
        expectEqual(buffer.byteLength, host.data.length * bytesPerElement(dtype), `the bytes of ${what}`);
        assertClose({ dtype, shape, data: await backend.download(buffer) }, host, 0, what);
        buffer.dispose();
      }
    }
  },

  'several at once': async ({ backend }) => {
    const hosts = Array.from({ length: 8 }, (_, i) => ({
      dtype: 'float32' as const,
      shape: [i + 1],
      data: new Float32Array(i + 1).fill(i),
    }));
    const buffers = await Promise.all(hosts.map((host) => backend.upload(host)));
    const downloads = await Promise.all(buffers.map((buffer) => backend.download(buffer)));
    for (const [i, host] of hosts.entries())
      assertClose({ ...host, data: downloads[i]! }, host, 0, `buffer ${i}`);
    for (const buffer of buffers) buffer.dispose();
  },

  'the contract it says it follows': async ({ backend }) => {
    expectEqual(backend.specVersion, 1, 'specVersion');
    expectEqual(backend.name, backend.name.toLowerCase(), 'the name');
    expectEqual(backend.capabilities.dtypes.includes('float32'), true, 'that float32 is among the types');
    expectEqual(backend.capabilities.maxBufferBytes > 0, true, 'that buffers may have bytes');
  },
});
