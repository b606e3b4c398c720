import {
  type Backend,
  BackendError,
  DisposedError,
  dtypes,
  formatShape,
  ShapeError,
  sizeOf,
} from '@softvq/core';
import { ReferenceBuffer } from './reference-buffer.js';
import { type BufferPool, interpret } from './reference-executable.js';

/**
 * A plain interpreter of every primitive, the truth that other backends are compared with. Everything is computed in
 * float64 and rounded to its element type only where it goes out; whole numbers wrap as their type says, and
 * int64 is exact up to 2^53 and an error beyond.
 */
export async function reference(): Promise<Backend> {
  let disposed = false;
  const buffers = new WeakSet<ReferenceBuffer>();

  const pool: BufferPool = {
    assertAlive: () => {
      if (disposed) throw new DisposedError('the reference backend is used after dispose()');
    },
    own: (buffer) => {
      if (buffer instanceof ReferenceBuffer && buffers.has(buffer)) return buffer;
      throw new BackendError('reference: a buffer of another backend; upload its elements to this one');
    },
    create: (...spec) => {
      const buffer = new ReferenceBuffer(...spec);
      buffers.add(buffer);
      return buffer;
    },
  };

  return {
    specVersion: 1,
    name: 'reference',
    capabilities: { dtypes, composites: {}, maxBufferBytes: 2 ** 31 },
    compile: async (graph, { donated = [] } = {}) => {
      pool.assertAlive();
      return interpret(graph, donated, pool);
    },
    upload: async ({ dtype, shape, data }) => {
      pool.assertAlive();
      if (data.length !== sizeOf(shape)) {
        throw new ShapeError(`upload: ${data.length} elements for shape ${formatShape(shape)}`);
      }
      return pool.create(dtype, shape, data);
    },
    download: async (buffer) => {
      pool.assertAlive();
      return pool.own(buffer).elements;
    },
    dispose: async () => {
      disposed = true;
    },
  };
}
