import { mkdtemp, readdir, readFile, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpu } from '@softvq/backends/cpu';
import {
  ArgumentError,
  type Backend,
  compile,
  FileFormatError,
  type HostArray,
  type Tensor,
  type Tokenizer,
  tensor,
} from '@softvq/core';
import { RandomStream } from '@softvq/core/random';
import { type DownloadProgress, HubError } from '@softvq/hub';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { HubServer, hashOf, large, small } from '../../../hub/test/hub-server.js';
import { SoftVQ } from '../../src/index.js';
import { type FromPretrainedOptions, fromPretrained, savePretrained } from '../../src/node/index.js';

const id = 'SoftVQVAE/tiny';
const trunk = { width: 64, depth: 2, heads: 2 };
const tokenizer = new SoftVQ({
  imageSize: 16,
  patchSize: 8,
  latentTokens: 4,
  latentWidth: 6,
  encoder: trunk,
  decoder: trunk,
  latentStatistics: { mean: -0.1, std: 0.7 },
  seed: 3,
  codebooks: 2,
  codebookSize: 8,
  temperature: 0.1,
});
const images = tensor(new RandomStream({ seed: 1, name: 'images' }).uniform(2 * 768, { low: -1 }), {
  shape: [2, 3, 16, 16],
});

let backend: Backend;
let server: HubServer;
let folder: string;
let options: FromPretrainedOptions;
beforeAll(async () => {
  backend = await cpu();
  server = await HubServer.start();
});
afterAll(async () => {
  await backend.dispose();
  await server.stop();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'softvq-tokenizer-'));
  const cacheFolder = join(folder, 'cache');
  options = { cacheFolder, endpoint: server.endpoint, token: '', offline: false };
  server.reset();
  await savePretrained(tokenizer, join(folder, 'saved'));
  server.repositories.set(id, {
    commit: 'c'.repeat(40),
    files: {
      'config.json': small(await readFile(join(folder, 'saved', 'config.json'))),
      'model.safetensors': large(await readFile(join(folder, 'saved', 'model.safetensors'))),
    },
  });
});
afterEach(() => rm(folder, { recursive: true }));

async function reconstruction(of: Tokenizer): Promise<HostArray> {
  const run = compile(({ x }: { x: Tensor }) => of.decode(of.encode(x)), { backend });
  return (await (await run({ x: images })).host()).data;
}

it('downloads a model of the hub, which the engine maps from the cache', async () => {
  const events: DownloadProgress[] = [];
  const loaded = await fromPretrained(id, { ...options, onProgress: (event) => events.push(event) });
  expect(await reconstruction(loaded)).toEqual(await reconstruction(tokenizer));
  expect(events.filter(({ status }) => status === 'done').map(({ file }) => file)).toEqual([
    'config.json',
    'model.safetensors',
  ]);
  server.requests.length = 0;
  const again = await fromPretrained(`${id}@main`, { ...options, offline: true });
  expect(await reconstruction(again)).toEqual(await reconstruction(tokenizer));
  expect(server.requests).toEqual([]);
});

it('maps the weights of a folder of links', async () => {
  for (const file of await readdir(join(folder, 'saved'))) {
    await symlink(join(folder, 'saved', file), join(folder, file));
  }
  const loaded = await fromPretrained(folder);
  expect(await reconstruction(loaded)).toEqual(await reconstruction(tokenizer));
});

it('needs no config of the hub when there is one at hand', async () => {
  const config = JSON.parse(await readFile(join(folder, 'saved', 'config.json'), 'utf8'));
  delete server.repositories.get(id)!.files['config.json'];
  const loaded = await fromPretrained(id, { ...options, config });
  expect(await reconstruction(loaded)).toEqual(await reconstruction(tokenizer));
  await expect(fromPretrained(id, options)).rejects.toMatchObject({
    reason: 'missing-file',
    file: 'config.json',
  });
});

it('never loads a download that was broken off, and resumes it', async () => {
  const weights = server.repositories.get(id)!.files['model.safetensors']!;
  const after = weights.bytes.length - 1000;
  const cached = join(options.cacheFolder!, 'models--SoftVQVAE--tiny');
  server.mishaps.set('model.safetensors', [{ kind: 'stall', after }]);
  const controller = new AbortController();
  const loading = fromPretrained(id, { ...options, signal: controller.signal });
  await server.stalled.promise;
  const partial = join(cached, 'blobs', `${hashOf(weights)}.partial`);
  await expect.poll(() => stat(partial).then(({ size }) => size)).toBe(after);
  controller.abort();
  await expect(loading).rejects.toMatchObject({ name: 'AbortError' });
  await expect(fromPretrained(id, { ...options, offline: true })).rejects.toThrow(HubError);
  const snapshot = join(cached, 'snapshots', 'c'.repeat(40));
  expect(await readdir(snapshot)).toEqual(['config.json']);
  await expect(fromPretrained(snapshot)).rejects.toThrow(FileFormatError);
  expect(await reconstruction(await fromPretrained(id, options))).toEqual(await reconstruction(tokenizer));
  expect(server.downloadsOf('model.safetensors').at(-1)!.range).toBe(`bytes=${after}-`);
});

it('refuses what is neither a folder, nor a file, nor a hub id', async () => {
  for (const source of [join(folder, 'nowhere'), './nowhere.pt', 'softvq-l-64']) {
    await expect(fromPretrained(source, options)).rejects.toThrow(ArgumentError);
  }
  await expect(fromPretrained('SoftVQVAE/nowhere', options)).rejects.toMatchObject({
    reason: 'unauthorized',
  });
});
