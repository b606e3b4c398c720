import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ArgumentError, type Backend, BackendError, compile, type Tensor, tensor } from '@softvq/core';
import { describe, expect, it } from 'vitest';
import { reference } from '../src/reference/index.js';
import type { Candidate, Platform } from '../src/select/candidate.js';
import { type BackendDescription, formatBackends, selectBackend } from '../src/select/node/index.js';
import { softwareRendering } from '../src/select/node/software-rendering.js';
import { selectFrom } from '../src/select/select.js';

const directory = new URL('..', import.meta.url).pathname;

/** Runs code in a process of its own, as a user's, and gives what it prints as JSON. */
async function inNewProcess(code: string): Promise<unknown> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['-C', 'softvq-source', '--import', 'tsx', '-e', `(async () => {${code}})()`],
    { cwd: directory, env: { ...process.env, VK_ICD_FILENAMES: '' } },
  );
  return JSON.parse(stdout.trim().split('\n').at(-1)!);
}

/** A platform whose backends are the reference under other names, noting what is opened. */
function platformOf(candidates: readonly Partial<Candidate>[]) {
  const opened: string[] = [];
  const disposed: string[] = [];
  const complete = candidates.map(
    (given): Candidate => ({
      name: 'cpu',
      ...given,
      open: async (options) => {
        opened.push(given.name!);
        const backend = (await given.open?.(options)) ?? (await reference());
        return { ...backend, name: given.name!, dispose: async () => void disposed.push(given.name!) };
      },
    }),
  );
  const platform: Platform = { candidates: complete, elsewhere: 'not on this platform' };
  return { platform, opened, disposed };
}

const refused = (message: string) => async (): Promise<Backend> => {
  throw new BackendError(message);
};

describe('selectBackend', () => {
  it('takes the first that can be had and says why not the others', async () => {
    const { platform, opened } = platformOf([
      { name: 'cuda', open: refused('no GPU') },
      { name: 'cpu' },
      { name: 'wasm' },
    ]);
    const { backend, attempts } = await selectFrom(platform, {});
    expect(backend.name).toBe('cpu');
    expect(attempts).toEqual([{ name: 'cuda', reason: 'no GPU' }]);
    expect(opened).toEqual(['cuda', 'cpu']);
  });

  it('follows the order it is given, and gives each its options', async () => {
    const given: unknown[] = [];
    const noting = async (options: unknown): Promise<Backend> => {
      given.push(options);
      return reference();
    };
    const { platform } = platformOf([
      { name: 'cpu', open: noting },
      { name: 'wasm', open: noting },
    ]);
    const { backend, attempts } = await selectFrom(platform, {
      order: ['cuda', 'wasm', 'cpu'],
      options: { wasm: { threads: 2 } },
    });
    expect(backend.name).toBe('wasm');
    expect(attempts).toEqual([{ name: 'cuda', reason: 'not on this platform' }]);
    expect(given).toEqual([{ threads: 2 }]);
  });

  it('passes over what is not worth having, unless it is named', async () => {
    const slow: Partial<Candidate> = { name: 'webgpu', objection: async () => 'drawn in software' };
    const { platform, opened } = platformOf([slow, { name: 'cpu' }]);
    const first = await selectFrom(platform, {});
    expect(first.backend.name).toBe('cpu');
    expect(first.attempts).toEqual([{ name: 'webgpu', reason: 'drawn in software' }]);
    expect(opened).toEqual(['cpu']);
    expect((await selectFrom(platform, { order: ['webgpu'] })).backend.name).toBe('webgpu');
  });

  it('passes over backends without the wanted precision, and frees them', async () => {
    const truth = await reference();
    const capable = {
      ...truth,
      capabilities: { ...truth.capabilities, precisions: ['int8'] },
    } satisfies Backend;
    const { platform, disposed } = platformOf([
      { name: 'webgpu' },
      { name: 'wasm', open: async () => capable },
    ]);
    const { backend, attempts } = await selectFrom(platform, { precision: 'int8' });
    expect(backend.name).toBe('wasm');
    expect(attempts).toEqual([{ name: 'webgpu', reason: 'it gains nothing from int8 on this machine' }]);
    expect(disposed).toEqual(['webgpu']);
  });

  it('is an error with all reasons when none can be had', async () => {
    const { platform } = platformOf([
      { name: 'cuda', open: refused('no GPU') },
      { name: 'cpu', open: refused('no processor') },
    ]);
    const selection = selectFrom(platform, {});
    await expect(selection).rejects.toThrow(BackendError);
    await expect(selection).rejects.toThrow(/cuda: no GPU\n {2}cpu: no processor/);
    await expect(selectFrom(platform, { order: ['cuda'] })).rejects.toThrow(
      'the backend cuda cannot be had here: no GPU',
    );
  });

  it('refuses names that no backend has', async () => {
    for (const preferences of [{ order: ['gpu'] }, { options: { webgl: {} } }]) {
      const selection = selectBackend(preferences as never);
      await expect(selection).rejects.toThrow(ArgumentError);
      await expect(selection).rejects.toThrow('there are cuda, webgpu, cpu, wasm, tfjs');
    }
  });

  it('gives a backend that computes', async () => {
    const { backend } = await selectBackend({ order: ['cpu'], options: { cpu: { threads: 1 } } });
    const twice = compile(({ x }: { x: Tensor }) => x.mul(2), { backend });
    expect(await (await twice({ x: tensor([1, 2]) })).array()).toEqual([2, 4]);
    await backend.dispose();
  });
});

describe('in Node', () => {
  it('the processor is chosen where there is no GPU, and no browser engine is loaded', async () => {
    const outcome = (await inNewProcess(`
      const { selectBackend } = await import('@softvq/backends');
      const { createRequire } = await import('node:module');
      const { backend, attempts } = await selectBackend();
      const loaded = Object.keys(createRequire(process.cwd() + '/x.js').cache);
      console.log(JSON.stringify({
        name: backend.name,
        attempts,
        tfjs: '_tfengine' in globalThis,
        web: loaded.filter((each) => /onnxruntime-web|tensorflow/.test(each)),
      }));
      await backend.dispose();
    `)) as { name: string; attempts: { name: string; reason: string }[]; tfjs: boolean; web: string[] };
    if (outcome.name === 'cpu') {
      expect(outcome.attempts.map(({ name }) => name)).toEqual(['cuda', 'webgpu']);
      for (const { reason } of outcome.attempts) expect(reason).not.toBe('');
    }
    expect(['cuda', 'webgpu', 'cpu']).toContain(outcome.name);
    expect(outcome).toMatchObject({ tfjs: false, web: [] });
  });

  it('all backends are described, and the table shows them', async () => {
    const { descriptions, table } = (await inNewProcess(`
      const { describeBackends, formatBackends } = await import('@softvq/backends');
      const descriptions = await describeBackends({ wasm: { threads: 1 }, tfjs: { device: 'cpu' } });
      console.log(JSON.stringify({ descriptions, table: formatBackends(descriptions) }));
    `)) as { descriptions: BackendDescription[]; table: string };
    expect(descriptions.map(({ name }) => name)).toEqual(['cuda', 'webgpu', 'cpu', 'wasm', 'tfjs']);
    for (const name of ['cpu', 'wasm', 'tfjs']) {
      expect(descriptions.find((each) => each.name === name)).toMatchObject({ available: true });
    }
    const lines = table.split('\n');
    expect(lines).toHaveLength(5);
    expect(lines[2]).toMatch(/^cpu {5}yes {2}float32, .*; precision int8$/);
    expect(table).not.toContain('    at ');
  });

  it('the table tells what is missing and what is only there by name', () => {
    const capabilities = { dtypes: ['float32'], composites: {}, maxBufferBytes: 1 } as const;
    const table = formatBackends([
      { name: 'cuda', available: false, reason: 'no driver' },
      { name: 'webgpu', available: true, capabilities, objection: 'drawn in software' },
    ]);
    expect(table).toBe('cuda    no   no driver\nwebgpu  yes  float32; only if named: drawn in software');
  });

  it('GPUs are told from software by the files of Linux', async () => {
    const devices = await mkdtemp(join(tmpdir(), 'softvq-dev-'));
    const linux = { platform: 'linux', environment: {}, devices };
    try {
      expect(softwareRendering(linux)).toBe(`there is no GPU in ${devices}`);
      expect(softwareRendering({ ...linux, platform: 'darwin' })).toBeUndefined();
      await mkdir(join(devices, 'dri'));
      await writeFile(join(devices, 'dri', 'card0'), '');
      expect(softwareRendering(linux)).toBeDefined();
      await writeFile(join(devices, 'dri', 'renderD128'), '');
      expect(softwareRendering(linux)).toBeUndefined();
      const environment = { VK_ICD_FILENAMES: '/usr/lib/chromium/vk_swiftshader_icd.json' };
      expect(softwareRendering({ ...linux, environment })).toContain('renders in software');
    } finally {
      await rm(devices, { recursive: true });
    }
  });
});
