import { createReadStream } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { cpu } from '@softvq/backends/cpu';
import type { Backend } from '@softvq/core';
import { ArgumentError, FileFormatError } from '@softvq/core';
import { openCheckpoint } from '@softvq/core/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  DownloadError,
  type DownloadProgress,
  ImagePipeline,
  TokenizerPipeline,
} from '../src/browser/index.js';
import { ImagePipeline as NodePipeline } from '../src/node/index.js';

const models = dirname(createRequire(import.meta.url).resolve('@softvq/models-emoji/package.json'));

/** Answers in place of the files of the models, by path. */
const answers = new Map<string, (response: ServerResponse) => void>();
let server: Server;
let address: string;
let backend: Backend;

beforeAll(async () => {
  backend = await cpu();
  server = createServer(({ url = '/' }, response) => {
    const path = new URL(url, 'http://localhost').pathname;
    const answer = answers.get(path);
    if (answer !== undefined) answer(response);
    else {
      createReadStream(join(models, path))
        .on('error', () => response.writeHead(404).end())
        .pipe(response);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await backend.dispose();
});

/** What loading a pipeline fails with, where one of its files is answered so. */
async function failure(path: string, answer: (response: ServerResponse) => void): Promise<Error> {
  answers.set(path, answer);
  try {
    const loading = ImagePipeline.fromPretrained(`${address}/sit`, { backend });
    return await loading.then(
      () => new Error('it was loaded'),
      (error: Error) => error,
    );
  } finally {
    answers.delete(path);
  }
}

const sending =
  (text: string, type = 'application/json') =>
  (response: ServerResponse) =>
    response.writeHead(200, { 'Content-Type': type }).end(text);

describe('loading from a web server', () => {
  it('gives the pipeline that Node opens from the folder, and says how far it is', async () => {
    const progress = new Map<string, DownloadProgress>();
    const onProgress = (each: DownloadProgress) => {
      expect(each.loaded).toBeGreaterThan(progress.get(each.url)?.loaded ?? 0);
      progress.set(each.url, each);
    };
    const loaded = await ImagePipeline.fromPretrained(`${address}/sit`, { backend, onProgress });
    const opened = await NodePipeline.fromPretrained(join(models, 'sit'), { backend });
    const options = { classes: ['clock', 'heart'], seed: 3, steps: 3 };
    const [ours, theirs] = [await loaded.generate(options), await opened.generate(options)];
    expect(ours.pictures).toEqual(theirs.pictures);
    expect([...progress.keys()].map((url) => url.slice(address.length)).sort()).toEqual([
      '/sit/generator/config.json',
      '/sit/generator/model.safetensors',
      '/sit/pipeline.json',
      '/tokenizer/config.json',
      '/tokenizer/model.safetensors',
    ]);
    await Promise.all([loaded.dispose(), opened.dispose()]);
  });

  it('gives a tokenizer that stands alone, and that of a pipeline', async () => {
    const [alone, part] = [
      await TokenizerPipeline.fromPretrained(new URL(`${address}/tokenizer/`), { backend }),
      await TokenizerPipeline.fromPretrained(`${address}/sit`, { backend }),
    ];
    const picture = {
      width: 64,
      height: 64,
      data: Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => i % 251),
    };
    const [ours, theirs] = [await alone.reconstruct([picture]), await part.reconstruct([picture])];
    expect(ours.pictures).toEqual(theirs.pictures);
    await Promise.all([alone.dispose(), part.dispose()]);
  });

  it('takes weights in shards that an index names', async () => {
    const weights = '/tokenizer/model.safetensors';
    const whole = await openCheckpoint(join(models, 'tokenizer'));
    const names = [...whole.tensors.keys()];
    await whole.close();
    const index = {
      metadata: {},
      weight_map: Object.fromEntries(names.map((name) => [name, 'only.safetensors'])),
    };
    answers.set(weights, (response) => response.writeHead(404).end());
    answers.set(`${weights}.index.json`, sending(JSON.stringify(index)));
    answers.set('/tokenizer/only.safetensors', (response) =>
      createReadStream(join(models, weights)).pipe(response),
    );
    try {
      const sharded = await TokenizerPipeline.fromPretrained(`${address}/tokenizer`, { backend });
      expect(Object.keys(sharded.tokenizer.stateDict()).sort()).toEqual(names.sort());
      await sharded.dispose();
    } finally {
      answers.clear();
    }
  });

  it('says which file is missing, refused, or a page', async () => {
    const weights = '/sit/generator/model.safetensors';
    const missing = await failure(weights, (response) => response.writeHead(404).end());
    expect(missing).toBeInstanceOf(DownloadError);
    expect(missing).toMatchObject({ reason: 'missing', url: address + weights });
    expect(missing.message).toMatch(/check the address/);
    const page = await failure('/sit/pipeline.json', sending('<!doctype html>', 'text/html'));
    expect(page).toMatchObject({ reason: 'missing' });
    const refused = await failure(weights, (response) => response.writeHead(403).end());
    expect(refused).toMatchObject({ reason: 'refused' });
    expect(refused.message).toMatch(/403 Forbidden/);
  });

  it('says when a connection broke, or there is none', async () => {
    const broken = await failure('/tokenizer/model.safetensors', (response) => {
      response.writeHead(200, { 'Content-Length': 1_000_000 });
      response.write('begun', () => response.destroy());
    });
    expect(broken).toMatchObject({ name: 'DownloadError', reason: 'network' });
    await expect(ImagePipeline.fromPretrained('http://127.0.0.1:1/sit')).rejects.toMatchObject({
      reason: 'network',
    });
  });

  it('names the file that is malformed, or that does not belong to the others', async () => {
    const broken = await failure('/sit/pipeline.json', sending('{'));
    expect(broken).toBeInstanceOf(FileFormatError);
    expect(broken.message).toMatch(/sit\/pipeline\.json.*no JSON/);
    const damaged = await failure('/sit/generator/model.safetensors', sending('damaged', 'text/plain'));
    expect(damaged).toBeInstanceOf(FileFormatError);
    expect(damaged.message).toMatch(/generator\/model\.safetensors/);
    const foreign = await failure('/sit/pipeline.json', (response) =>
      createReadStream(join(models, 'dit/pipeline.json')).pipe(response),
    );
    expect(foreign.message).toMatch(/should be a DiT, and the config.json in generator describes a SiT/);
  });

  it('refuses what is no address, and generators that nobody registered', async () => {
    await expect(ImagePipeline.fromPretrained('models/sit')).rejects.toThrow(ArgumentError);
    await expect(ImagePipeline.fromPretrained('models/sit')).rejects.toThrow(/begins with https/);
    const pipeline = {
      format: 'softvq-pipeline',
      formatVersion: 1,
      tokenizer: { folder: 'tokenizer', className: 'SoftVQ' },
      generator: { folder: 'generator', className: 'Painter', module: 'painter-for-softvq' },
      latentStatistics: { mean: 0, std: 1 },
      latentShape: [4, 4],
      imageSize: 16,
    };
    const unknown = await failure('/sit/pipeline.json', sending(JSON.stringify(pipeline)));
    expect(unknown.message).toMatch(/"Painter"; import the package painter-for-softvq/);
  });

  it('is stopped by its signal', async () => {
    const controller = new AbortController();
    const loading = ImagePipeline.fromPretrained(`${address}/sit`, {
      backend,
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('no longer wanted')),
    });
    await expect(loading).rejects.toThrow('no longer wanted');
  });
});
