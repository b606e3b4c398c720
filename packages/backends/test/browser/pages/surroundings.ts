import { type Backend, compile, DeviceLostError, matmul, type Tensor, tensor } from '@softvq/core';
import { type WasmOptions, wasm } from '../../../src/wasm/browser/index.js';
import { webgpu } from '../../../src/webgpu/browser/index.js';
import { expose } from '../expose.js';

/** The sum of two numbers, computed by a backend. */
async function onePlusOne(backend: Backend): Promise<number> {
  const add = compile(({ x }: { x: Tensor }) => x.add(1), { backend });
  try {
    return await (await add({ x: tensor([1]) })).item();
  } finally {
    await add.dispose();
  }
}

async function requestDevice(): Promise<GPUDevice> {
  const adapter = await navigator.gpu.requestAdapter();
  return adapter!.requestDevice();
}

const functions = {
  /** Makes a backend, uses it, and tells what it is. */
  useWasm: async (options: WasmOptions) => {
    const backend = await wasm(options);
    const result = await onePlusOne(backend);
    await backend.dispose();
    return { threads: backend.threads, result };
  },

  useWebgpu: async (wasmPaths?: string) => {
    const backend = await webgpu(wasmPaths === undefined ? {} : { wasmPaths });
    const result = await onePlusOne(backend);
    await backend.dispose();
    return { ...backend.capabilities, result };
  },

  /** Uploads, or compiles a graph of, a matrix with so many rows of a million bytes, on a device of default limits. */
  useLargeTensor: async (how: 'upload' | 'compile', rows: number) => {
    const device = await requestDevice();
    const backend = await webgpu({ device });
    const shape = [rows, 250_000] as const;
    if (how === 'upload') {
      await backend.upload({ dtype: 'float32', shape, data: new Float32Array(rows * 250_000) });
    } else {
      const spread = compile(
        ({ x }: { x: Tensor }) => x.mul(matmul(x.reshape([-1, 1]), x.reshape([1, -1]))),
        {
          backend,
        },
      );
      await spread({ x: tensor(new Float32Array(rows * 1_000)) });
    }
  },

  useHalf: async () => {
    const backend = await webgpu();
    const add = compile(({ x }: { x: Tensor }) => x.add(1), { backend });
    await add({ x: tensor([1], { dtype: 'float16' }) });
  },

  /** What is left of a device when the backend that shared it is disposed. */
  shareDevice: async () => {
    const device = await requestDevice();
    const backend = await webgpu({ device });
    const result = await onePlusOne(backend);
    await backend.dispose();
    const lost = await Promise.race([device.lost.then(() => true), device.queue.onSubmittedWorkDone()]);
    return { result, lost: lost === true };
  },

  /** Destroys the device so many milliseconds after a product is begun, and goes on with another backend. */
  loseDevice: async (delay: number) => {
    const device = await requestDevice();
    const backend = await webgpu({ device });
    const square = compile(({ x }: { x: Tensor }) => matmul(x, x), { backend });
    const x = tensor(new Float32Array(512 * 512).fill(1), { shape: [512, 512] });
    await (await square({ x })).data();
    const running = square({ x }).then((result) => result.data());
    running.catch(() => undefined);
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
    device.destroy();
    const outcomes = [
      await running.then(String, nameOf),
      await square({ x }).then(String, nameOf),
      await backend.upload(await x.host()).then(String, nameOf),
    ];
    await backend.dispose();
    const next = await webgpu();
    const result = await onePlusOne(next);
    await next.dispose();
    return { outcomes, result };
  },
};

function nameOf(error: unknown): string {
  return error instanceof DeviceLostError ? `${error.name}: ${error.code}` : String(error);
}

export type Surroundings = typeof functions;
expose(functions);
