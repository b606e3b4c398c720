import {
  type Backend,
  BackendError,
  type DeviceBuffer,
  DisposedError,
  formatShape,
  ShapeError,
  sizeOf,
} from '@softvq/core';
import { type Engine, onDevice, type Tensor, type Tf } from './engine.js';
import { fromTensor, tfjsTypes, toTensor } from './host-elements.js';
import { nativeComposites } from './kernels/index.js';
import { assertContext } from './lost-context.js';
import { openEngine, type TfjsDevice } from './runtime.js';
import { TfjsBuffer } from './tfjs-buffer.js';
import { type BufferPool, compileForTfjs, type TfjsExecutable } from './tfjs-executable.js';

export type { TfjsDevice } from './runtime.js';

export interface TfjsOptions {
  /** The application's own tfjs, `import * as tf from '@tensorflow/tfjs'`; the backend loads it unless given. */
  readonly tf?: Tf;
  /**
   * Where tfjs computes; the current one of tfjs (`tf.getBackend()`) unless given. `wasm` and `webgpu` need the
   * packages `@tensorflow/tfjs-backend-wasm` and `@tensorflow/tfjs-backend-webgpu`.
   */
  readonly device?: TfjsDevice;
  /**
   * Where a browser finds the files of the `wasm` device: a folder's address that ends in a slash, or addresses by
   * file name. Beside the script unless given; Node finds them by itself.
   */
  readonly wasmPaths?: string | Readonly<Record<string, string>>;
}

/**
 * TensorFlow.js: the road for browsers without WebGPU. Runs on whichever device tfjs has, in float32, int32 and bool. On
 * the `webgl` device whole numbers are exact up to 2^24 only, because it keeps them as float32.
 *
 * @throws BackendError when a package is not installed, or tfjs cannot start the device. Everything throws one after the
 * browser took the WebGL context away; a new backend with `device: 'webgl'` starts over.
 */
export async function tfjs({ tf, device, wasmPaths }: TfjsOptions = {}): Promise<Backend> {
  const engine = await openEngine({ tf, device, wasmPaths });
  const buffers = new Set<TfjsBuffer>();
  const executables = new Set<TfjsExecutable>();
  let disposed = false;

  const pool: BufferPool = {
    assertAlive: () => {
      if (disposed) throw new DisposedError('the tfjs backend is used after dispose()');
      assertContext(engine);
    },
    own: (buffer: DeviceBuffer) => {
      if (buffer instanceof TfjsBuffer) return buffer;
      throw new BackendError(
        'the tfjs backend was given a buffer of another backend; move it with tensor.to()',
      );
    },
    adopt: (tensor: Tensor) => {
      const buffer = new TfjsBuffer(tensor, (gone) => buffers.delete(gone));
      buffers.add(buffer);
      return buffer;
    },
  };

  return {
    specVersion: 1,
    name: 'tfjs',
    capabilities: {
      dtypes: tfjsTypes,
      composites: nativeComposites,
      maxBufferBytes: largestTensor(engine),
    },
    compile: async (graph, { donated = [] } = {}) => {
      pool.assertAlive();
      const executable = await compileForTfjs(engine, graph, donated, pool, (gone) =>
        executables.delete(gone),
      );
      executables.add(executable);
      // Constants may come from files: enough time for a dispose() that did not know of this executable.
      if (disposed) await executable.dispose();
      pool.assertAlive();
      return executable;
    },
    upload: async (tensor) => {
      pool.assertAlive();
      if (tensor.data.length !== sizeOf(tensor.shape)) {
        throw new ShapeError(`upload: ${tensor.data.length} elements for shape ${formatShape(tensor.shape)}`);
      }
      return pool.adopt(onDevice(engine, () => toTensor(engine, tensor, 'an uploaded tensor')));
    },
    download: async (buffer) => {
      pool.assertAlive();
      const { tensor } = pool.own(buffer);
      const elements = await onDevice(engine, () => fromTensor(tensor));
      // What is read of a context that was lost meanwhile is not what was computed.
      assertContext(engine);
      return elements;
    },
    dispose: async () => {
      disposed = true;
      await Promise.all([...executables].map((executable) => executable.dispose()));
      for (const buffer of buffers) buffer.dispose();
    },
  };
}

/** Bytes of the largest tensor: WebGL keeps one in one texture of float32, the others in one piece of memory. */
function largestTensor({ tf, device }: Engine): number {
  if (device !== 'webgl') return 2 ** 31;
  return 4 * tf.env().getNumber('WEBGL_MAX_TEXTURE_SIZE') ** 2;
}
