import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ArgumentError, BackendError, fromHost, type Tensor, withCompiled } from '@softvq/core';
import { TransformerBlock } from '@softvq/core/nn';
import { RandomStream } from '@softvq/core/random';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCudaBackend, sessionOptions } from '../src/cuda/cuda-backend.js';
import { cuda } from '../src/cuda/index.js';
import { assertProviderInstalled } from '../src/cuda/provider-library.js';
import type { Runtime, SessionOptions } from '../src/onnx-session/index.js';
import { loadNodeRuntime } from '../src/onnx-session/node-runtime.js';
import { reference } from '../src/reference/index.js';
import { relativeError } from './golden/relative-error.js';

const random = new RandomStream({ seed: 6, name: 'cuda' });

/** ONNX Runtime with the kernels of the CPU in place of CUDA's, noting what sessions are made with. */
async function cpuInPlaceOfCuda(): Promise<{ runtime: Runtime; made: SessionOptions[] }> {
  const runtime = await loadNodeRuntime('cuda');
  const made: SessionOptions[] = [];
  const create = (model: Uint8Array, options: SessionOptions) => {
    made.push(options);
    return runtime.InferenceSession.create(model, { ...options, executionProviders: ['cpu'] });
  };
  return {
    runtime: { ...runtime, InferenceSession: { ...runtime.InferenceSession, create } as never },
    made,
  };
}

describe('the provider that is not there', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'softvq-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is an error with the command that installs it', () => {
    expect(() => assertProviderInstalled(folder, 'linux/x64')).toThrow(BackendError);
    expect(() => assertProviderInstalled(folder, 'linux/x64')).toThrow(
      `libonnxruntime_providers_cuda.so, which is a download of its own: ONNXRUNTIME_NODE_INSTALL=cuda12 node ${folder}/script/install.js`,
    );
  });

  it('is found where that command puts it', async () => {
    await mkdir(join(folder, 'bin/napi-v6/linux/x64'), { recursive: true });
    await writeFile(join(folder, 'bin/napi-v6/linux/x64/libonnxruntime_providers_cuda.so'), '');
    expect(() => assertProviderInstalled(folder, 'linux/x64')).not.toThrow();
  });

  it('is there for Linux on x64 only', () => {
    expect(() => assertProviderInstalled(folder, 'darwin/arm64')).toThrow(
      'the cuda backend runs on linux/x64 only, and this is darwin/arm64',
    );
  });

  it('is what the script of the installed package downloads under that name', () => {
    const require = createRequire(import.meta.url);
    const installed = join(require.resolve('onnxruntime-node'), '../..');
    expect(existsSync(join(installed, 'script/install.js'))).toBe(true);
    const { manifests } = require(join(installed, 'script/install-metadata.js')) as {
      readonly manifests: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    };
    expect(Object.keys(manifests['linux/x64:cuda12']!)).toContain('./libonnxruntime_providers_cuda.so');
  });
});

describe('options', () => {
  it('of the device reach the provider', async () => {
    expect(sessionOptions(3, { symbols: [] }).executionProviders).toEqual([{ name: 'cuda', deviceId: 3 }]);
    const { runtime, made } = await cpuInPlaceOfCuda();
    const backend = await createCudaBackend(runtime, { device: 1 });
    const x = fromHost({ dtype: 'float32', shape: [2], data: Float32Array.of(1, 2) });
    await withCompiled(
      ({ x }: { x: Tensor }) => x.mul(2),
      { backend },
      (run) => run({ x }),
    );
    expect(made.map(({ executionProviders }) => executionProviders)).toEqual(
      Array(2).fill([{ name: 'cuda', deviceId: 1 }]),
    );
    await backend.dispose();
  });

  it('plan memory for fixed sizes only', () => {
    expect(sessionOptions(0, { symbols: [] }).enableMemPattern).toBe(true);
    expect(sessionOptions(0, { symbols: ['batch'] }).enableMemPattern).toBe(false);
  });

  it.each([-1, 0.5, Number.NaN])('refuse device %d', async (device) => {
    const { runtime } = await cpuInPlaceOfCuda();
    await expect(createCudaBackend(runtime, { device })).rejects.toThrow(ArgumentError);
  });

  it('decide whether float16 is computed in half precision', async () => {
    const { runtime } = await cpuInPlaceOfCuda();
    for (const [options, precisions] of [
      [{}, ['float16']],
      [{ float16: false }, []],
    ] as const) {
      const backend = await createCudaBackend(runtime, options);
      expect(backend.capabilities.precisions).toEqual(precisions);
      await backend.dispose();
    }
  });
});

describe('TF32', () => {
  const settle = async () => {
    vi.resetModules();
    return (await import('../src/cuda/tf32.js')).settleTf32;
  };

  it('is forbidden by the variable that NVIDIA’s libraries read', async () => {
    const environment: NodeJS.ProcessEnv = {};
    (await settle())(false, environment);
    expect(environment).toEqual({ NVIDIA_TF32_OVERRIDE: '0' });
  });

  it('is left alone unless told', async () => {
    const environment: NodeJS.ProcessEnv = {};
    const settleTf32 = await settle();
    settleTf32(undefined, environment);
    settleTf32(true, environment);
    expect(environment).toEqual({});
  });

  it('is settled once', async () => {
    const settleTf32 = await settle();
    settleTf32(true, {});
    expect(() => settleTf32(false, {})).toThrow('an earlier backend made tf32 true, not false');
    expect(() => settleTf32(undefined, {})).not.toThrow();
  });

  it('is not to be had where the environment forbids it', async () => {
    const settleTf32 = await settle();
    expect(() => settleTf32(true, { NVIDIA_TF32_OVERRIDE: '0' })).toThrow('NVIDIA_TF32_OVERRIDE=0');
  });
});

describe('graphs for CUDA', () => {
  const block = new TransformerBlock(24, { heads: 3, random });
  const tokens = fromHost({ dtype: 'float32', shape: [2, 5, 24], data: random.normal(240) });
  const forward = ({ tokens }: { tokens: Tensor }) => block.forward(tokens);

  it.each([
    [undefined, 1e-5],
    ['float16', 2e-3],
  ] as const)('are models that ONNX Runtime runs (precision %s)', async (precision, bound) => {
    const { runtime } = await cpuInPlaceOfCuda();
    const [backend, truth] = [await createCudaBackend(runtime, {}), await reference()];
    const exact = await withCompiled(forward, { backend: truth }, (run) => run({ tokens }));
    const options = { backend, dynamic: { tokens: ['batch'] }, ...(precision && { precision }) };
    const result = await withCompiled(forward, options, (run) => run({ tokens }));
    expect(await relativeError(result, exact)).toBeLessThan(bound);
    await backend.dispose();
  });
});

describe('a machine without a GPU', () => {
  it('says what is missing', async () => {
    // The provider is not installed by npm, and where it is, there may be a GPU.
    const outcome = await cuda().then(
      (backend) => backend.dispose(),
      (error: unknown) => error,
    );
    if (outcome === undefined) return;
    expect(outcome).toBeInstanceOf(BackendError);
    expect((outcome as BackendError).message).toMatch(
      /ONNXRUNTIME_NODE_INSTALL=cuda12 node .*onnxruntime-node.script.install\.js|runs on linux\/x64 only|cannot use GPU 0/,
    );
  });

  it('hears it from the engine, too, where only the GPU is missing', async () => {
    // In a process of its own: the engine writes about the failure to the terminal.
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [
        ...['-C', 'softvq-source', '--import', 'tsx', '-e'],
        `(async () => {
          const { createCudaBackend } = await import('./src/cuda/cuda-backend.ts');
          const { loadNodeRuntime } = await import('./src/onnx-session/node-runtime.ts');
          const runtime = await loadNodeRuntime('cuda');
          await createCudaBackend(runtime, { device: 99 }).catch((error) => console.log(error.name, error.message));
        })()`,
      ],
      { cwd: new URL('..', import.meta.url).pathname },
    );
    expect(stdout).toContain('BackendError the cuda backend cannot use GPU 99');
    expect(stdout).toContain('It needs an NVIDIA driver');
  });
});
