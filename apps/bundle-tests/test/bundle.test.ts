import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import filePlugin from '@size-limit/file';
import sizeLimit from 'size-limit';
import type { Rollup } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildFixtures, chunksOf } from './build-fixture.js';

const kilobyte = 1000;

/** Most bytes, compressed with gzip, that a bundle of a fixture may have. */
const budgets = {
  core: 35 * kilobyte,
  webgpu: 20 * kilobyte,
  wasm: 20 * kilobyte,
  tfjs: 20 * kilobyte,
} as const;

/** What is counted on its own, or is not ours. */
const runtimes = [/^onnxruntime-web/, /^@tensorflow\//];
const beside = [...runtimes, /^@softvq\/core/];

let folder: string;
beforeAll(async () => {
  for (const file of ['core/dist/index.js', 'backends/dist/select.js', 'softvq/dist/browser.js']) {
    if (existsSync(new URL(`../../../packages/${file}`, import.meta.url))) continue;
    throw new Error(`packages/${file} is not built: npx turbo run build`);
  }
  folder = await mkdtemp(join(tmpdir(), 'softvq-bundle-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Bytes of all files that a bundle consists of, compressed with gzip. */
async function compressedSize(fixture: string, external: readonly RegExp[]): Promise<number> {
  const outDir = join(folder, fixture);
  const files = chunksOf(await buildFixtures([fixture], { external, outDir })).map(({ fileName }) =>
    join(outDir, fileName),
  );
  const [result] = (await sizeLimit([filePlugin], { checks: [{ files, gzip: true }] } as never)) as [
    { size: number },
  ];
  return result.size;
}

describe('bundles are small', () => {
  it.each([
    ['core', 'core', runtimes],
    ['everything', 'core', runtimes],
    ['webgpu', 'webgpu', beside],
    ['wasm', 'wasm', beside],
    ['tfjs', 'tfjs', beside],
  ] as const)('%s', async (fixture, budget, external) => {
    const size = await compressedSize(fixture, external);
    console.log(`${fixture}: ${(size / kilobyte).toFixed(1)} kB of ${budgets[budget] / kilobyte}`);
    expect(size).toBeGreaterThan(0);
    expect(size).toBeLessThanOrEqual(budgets[budget]);
  });

  it('what is not used is not in them', async () => {
    const [little, all] = [await compressedSize('one-operation', []), await compressedSize('everything', [])];
    expect(little).toBeLessThan(all / 2);
  });
});

describe('bundles for browsers', () => {
  const names = ['core', 'webgpu', 'wasm', 'tfjs', 'select', 'tokenizer', 'pipeline'] as const;
  const nodeImporters: string[] = [];
  let chunks: Rollup.OutputChunk[];
  beforeAll(async () => {
    const onNodeImport = (importer: string) => nodeImporters.push(importer);
    chunks = chunksOf(await buildFixtures(names, { onNodeImport }));
  }, 180_000);

  /** Everything that a page loads for a fixture; with `later`, also what it loads when it is needed. */
  function loadedBy(name: string, later: boolean): Rollup.OutputChunk[] {
    const found = new Set<Rollup.OutputChunk>();
    const visit = (fileName: string): void => {
      const chunk = chunks.find((each) => each.fileName === fileName);
      if (chunk === undefined || found.has(chunk)) return;
      found.add(chunk);
      for (const next of [...chunk.imports, ...(later ? chunk.dynamicImports : [])]) visit(next);
    };
    visit(`${name}.js`);
    return [...found];
  }

  const modulesOf = (loaded: readonly Rollup.OutputChunk[]) =>
    loaded.flatMap(({ moduleIds, modules }) => moduleIds.filter((id) => modules[id]!.renderedLength > 0));

  it('have no module of Node but for those that engines ask for in vain', () => {
    const engines = /node_modules\/(onnxruntime-web|@tensorflow|seedrandom|node-fetch|long)\//;
    expect(nodeImporters.filter((importer) => !engines.test(importer))).toEqual([]);
    const imported = chunks.flatMap((chunk) => [...chunk.imports, ...chunk.dynamicImports]);
    expect(imported.filter(isBuiltin)).toEqual([]);
  });

  it.each(names)('%s has nothing of the engines for Node', (name) => {
    const loaded = loadedBy(name, true);
    expect(loaded.length).toBeGreaterThan(0);
    expect(modulesOf(loaded).filter((id) => id.includes('onnxruntime-node'))).toEqual([]);
  });

  it.each([
    ['core', /onnxruntime|@tensorflow|packages\/backends\/dist/],
    ['tokenizer', /onnxruntime|@tensorflow|packages\/backends\/dist/],
    ['webgpu', /onnxruntime|@tensorflow/],
    ['wasm', /onnxruntime|@tensorflow/],
    ['tfjs', /onnxruntime|@tensorflow/],
    ['select', /onnxruntime|@tensorflow/],
  ] as const)('%s loads no engine before its turn', (name, engines) => {
    expect(modulesOf(loadedBy(name, false)).filter((id) => engines.test(id))).toEqual([]);
  });

  it.each([
    ['webgpu', 'onnxruntime-web', '@tensorflow'],
    ['tfjs', '@tensorflow', 'onnxruntime-web'],
  ] as const)('%s has one engine and not the others', (name, engine, other) => {
    const modules = modulesOf(loadedBy(name, true));
    expect(modules.some((id) => id.includes(`node_modules/${engine}`))).toBe(true);
    expect(modules.filter((id) => id.includes(`node_modules/${other}`))).toEqual([]);
  });
});
