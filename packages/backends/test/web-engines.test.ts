import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ArgumentError, BackendError, compile, DTypeError, type Tensor, tensor } from '@softvq/core';
import { describe, expect, it } from 'vitest';
import { wasm } from '../src/wasm/node/index.js';
import { webgpu } from '../src/webgpu/node/index.js';

/** Makes a backend in a process of its own, for settings that a process has once, and gives what it prints. */
async function inNewProcess(code: string, environment: Record<string, string> = {}): Promise<string> {
  const options = ['-C', 'softvq-source', '--import', 'tsx', '-e', `(async () => {${code}})()`];
  const { stdout } = await promisify(execFile)(process.execPath, options, {
    cwd: new URL('..', import.meta.url).pathname,
    env: { ...process.env, ...environment },
  });
  return stdout;
}

const printError = '.catch((error) => console.log(error.code, error.message))';

describe('wasm in Node', () => {
  it('refuses numbers of threads that are none', async () => {
    for (const threads of [0, 1.5, -1]) {
      await expect(wasm({ threads })).rejects.toThrow(ArgumentError);
    }
  });

  it('computes with the threads asked for, and lets the process end', async () => {
    const printed = await inNewProcess(`
      const { compile, tensor } = await import('@softvq/core');
      const { wasm } = await import('@softvq/backends/wasm');
      const backend = await wasm({ threads: 2 });
      const double = compile(({ x }) => x.mul(2), { backend });
      console.log(backend.threads, await (await double({ x: tensor([3]) })).item());
      await backend.dispose();
    `);
    expect(printed.trim()).toBe('2 6');
  });

  it('has the threads that SOFTVQ_THREADS asks for, and refuses what is no number of them', async () => {
    const code = `
      const { wasm } = await import('@softvq/backends/wasm');
      await wasm().then(({ threads }) => console.log(threads))${printError};
    `;
    expect((await inNewProcess(code, { SOFTVQ_THREADS: '3' })).trim()).toBe('3');
    expect(await inNewProcess(code, { SOFTVQ_THREADS: 'many' })).toMatch(
      /^argument SOFTVQ_THREADS must be a whole number from 1, not "many"/,
    );
  });

  it('says which files are missing', async () => {
    const printed = await inNewProcess(`
      const { wasm } = await import('@softvq/backends/wasm');
      await wasm({ wasmPaths: 'file:///nowhere/' })${printError};
    `);
    expect(printed).toMatch(/^backend the wasm backend could not start .* at "file:\/\/\/nowhere\/"/);
  });
});

describe('webgpu in Node', () => {
  it('is what the package gives to Node, and finds no GPU where there is none', async () => {
    const printed = await inNewProcess(
      `
      const { webgpu } = await import('@softvq/backends/webgpu');
      await webgpu()${printError};
    `,
      { VK_ICD_FILENAMES: '/nowhere/icd.json' },
    );
    expect(printed).toMatch(/backend the webgpu backend found no GPU: /);
  });

  it('takes no device', async () => {
    await expect(webgpu({ device: {} as GPUDevice })).rejects.toThrow('in browsers only');
  });

  it('has no float16 without shader-f16', async () => {
    const backend = await webgpu();
    expect(backend.capabilities.dtypes).not.toContain('float16');
    const upload = backend.upload({ dtype: 'float16', shape: [1], data: Uint16Array.of(0) });
    await expect(upload).rejects.toThrow(DTypeError);
    await backend.dispose();
  });

  it('moves inputs up once and results down when they are read', async () => {
    const backend = await webgpu();
    const step = compile(({ x, rate }: { x: Tensor; rate: Tensor }) => x.mul(rate), {
      backend,
      donate: ['x'],
    });
    const start = backend.transfers();
    let x = tensor(new Float32Array(256).fill(1));
    for (let i = 0; i < 5; i++) x = await step({ x, rate: tensor(2) });
    expect(backend.transfers().toDevice - start.toDevice).toBe(256 * 4 + 5 * 4);
    expect(backend.transfers().toHost).toBe(start.toHost);
    expect((await x.data())[255]).toBe(32);
    expect(backend.transfers().toHost - start.toHost).toBe(256 * 4);
    x.dispose();
    await backend.dispose();
  });

  it('frees buffers that outlive their backend', async () => {
    const backend = await webgpu();
    const other = await webgpu();
    const host = { dtype: 'float32', shape: [2], data: Float32Array.of(1, 2) } as const;
    const buffer = await backend.upload(host);
    await backend.dispose();
    buffer.dispose();
    buffer.dispose();
    const another = await other.upload(host);
    await expect(backend.download(another)).rejects.toThrow(BackendError);
    expect(await other.download(another)).toEqual(host.data);
    another.dispose();
    await other.dispose();
  });
});
