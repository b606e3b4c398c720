import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ArgumentError, DisposedError, FileFormatError } from '../../src/errors.js';
import { openCheckpoint, readConfigFile, saveModelFolder } from '../../src/node/index.js';
import { tensor } from '../../src/tensor/index.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'softvq-core-model-'));
});
afterEach(() => rm(folder, { recursive: true }));

const model = () => ({
  stateDict: { 'b.weight': tensor([1, 2, 3]), 'a.weight': tensor([[4], [5]]) },
  config: { width: 3, depth: 1, unknown: undefined },
});

async function numbersIn(path: string): Promise<Record<string, number[]>> {
  const { tensors, close } = await openCheckpoint(path);
  const entries = await Promise.all(
    [...tensors].map(async ([name, each]) => [name, Array.from((await each.read()).data, Number)] as const),
  );
  await close();
  return Object.fromEntries(entries);
}

describe('saveModelFolder', () => {
  it('writes weights and a sorted config, and removes what another saving left', async () => {
    const target = join(folder, 'new', 'folder');
    const expected = { 'b.weight': [1, 2, 3], 'a.weight': [4, 5] };
    await saveModelFolder(target, model());
    expect((await readdir(target)).sort()).toEqual(['config.json', 'model.safetensors']);
    expect(await readFile(join(target, 'config.json'), 'utf8')).toBe('{\n  "depth": 1,\n  "width": 3\n}\n');
    expect(await numbersIn(target)).toEqual(expected);

    await writeFile(join(target, 'README.md'), 'mine');
    await saveModelFolder(target, model(), { shardLimit: 12 });
    expect((await readdir(target)).sort()).toEqual([
      'README.md',
      'config.json',
      'model-00001-of-00002.safetensors',
      'model-00002-of-00002.safetensors',
      'model.safetensors.index.json',
    ]);
    expect(await numbersIn(target)).toEqual(expected);

    await saveModelFolder(target, model());
    expect((await readdir(target)).sort()).toEqual(['README.md', 'config.json', 'model.safetensors']);
    expect(await numbersIn(target)).toEqual(expected);
  });

  it('stores floating-point elements as what is asked for, and others as they are', async () => {
    const half = { ...model(), stateDict: { ...model().stateDict, index: tensor([7], { dtype: 'int32' }) } };
    await saveModelFolder(folder, half, { dtype: 'float16' });
    const { tensors, close } = await openCheckpoint(folder);
    expect([...tensors].map(([name, { storedAs }]) => [name, storedAs]).sort()).toEqual([
      ['a.weight', 'float16'],
      ['b.weight', 'float16'],
      ['index', 'int32'],
    ]);
    expect((await tensors.get('b.weight')!.read()).data).toEqual(Uint16Array.of(0x3c00, 0x4000, 0x4200));
    await close();
    expect(half.stateDict['b.weight'].dtype).toBe('float32');
    await saveModelFolder(folder, half, { dtype: 'float32' });
    expect(await numbersIn(folder)).toEqual({ 'b.weight': [1, 2, 3], 'a.weight': [4, 5], index: [7] });
  });

  it('leaves everything as it was when it fails', async () => {
    await saveModelFolder(folder, model());
    const gone = model();
    gone.stateDict['a.weight'].dispose();
    await expect(saveModelFolder(folder, { ...gone, config: { width: 4 } })).rejects.toThrow(DisposedError);
    await expect(saveModelFolder(folder, model(), { shardLimit: 0 })).rejects.toThrow(ArgumentError);
    expect((await readdir(folder)).sort()).toEqual(['config.json', 'model.safetensors']);
    expect(await numbersIn(folder)).toMatchObject({ 'a.weight': [4, 5] });
    expect(await readConfigFile(join(folder, 'config.json'), (json) => json)).toEqual({ depth: 1, width: 3 });
  });
});

describe('readConfigFile', () => {
  const parse = (json: unknown): number => {
    if (typeof json === 'number') return json;
    throw new ArgumentError('a number is meant');
  };

  it.each([
    ['1', 1],
    [' 2\n', 2],
  ])('gives what the parser makes of %j', async (text, expected) => {
    const file = join(folder, 'config.json');
    await writeFile(file, text);
    expect(await readConfigFile(file, parse)).toBe(expected);
  });

  it.each([
    ['{"width": ', /this is no JSON/],
    ['"one"', /a number is meant/],
    [undefined, /the config cannot be read/],
  ])('names the file that holds %j', async (text, message) => {
    const file = join(folder, 'config.json');
    if (text !== undefined) await writeFile(file, text);
    const reading = readConfigFile(file, parse);
    await expect(reading).rejects.toThrow(FileFormatError);
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toMatchObject({ file });
  });
});
