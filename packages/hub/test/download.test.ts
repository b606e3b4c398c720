import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DownloadProgress, HubError, type HubOptions, resolveModelFolder } from '../src/index.js';
import { HubServer, hashOf, large, type Mishap, small } from './hub-server.js';
import { config, id, noise, publish, weights } from './repository.js';

let server: HubServer;
let cacheFolder: string;
beforeAll(async () => {
  server = await HubServer.start();
});
afterAll(() => server.stop());
beforeEach(async () => {
  cacheFolder = await mkdtemp(join(tmpdir(), 'softvq-hub-'));
  server.reset();
});
afterEach(() => rm(cacheFolder, { recursive: true }));

const file = 'model.safetensors';
const resolve = (options: HubOptions = {}) =>
  resolveModelFolder(id, { cacheFolder, endpoint: server.endpoint, token: '', offline: false, ...options });
const blobs = () => join(cacheFolder, 'models--SoftVQVAE--tiny', 'blobs');
const blob = () => join(blobs(), hashOf(large(weights)));
const misbehave = (...mishaps: Mishap[]) => server.mishaps.set(file, mishaps);
const partialSize = () => stat(`${blob()}.partial`).then(({ size }) => size);
/** Breaks the connection after some bytes, when so many of the file are on disk. */
const cut = (after: number, stored = after): Mishap => ({
  kind: 'cut',
  after,
  arrived: async () => after === 0 || (await partialSize()) === stored,
});
const storageRanges = () =>
  server
    .downloadsOf(file)
    .filter((each) => each.server === 'storage')
    .map((each) => each.range);

async function expectWeights(folder: string): Promise<void> {
  expect(Buffer.compare(await readFile(join(folder, file)), weights)).toBe(0);
  expect((await readdir(blobs())).filter((name) => name.includes('.'))).toEqual([]);
}

async function caught(promise: Promise<unknown>): Promise<HubError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(HubError);
  return error as HubError;
}

/** No file of this name, whole or not, can be found by who loads the model. */
async function expectNothingLoadable(): Promise<void> {
  expect(existsSync(blob())).toBe(false);
  await expect(resolve({ offline: true })).rejects.toMatchObject({ reason: 'offline', file });
}

describe('a download that is interrupted', () => {
  it('goes on by itself where the connection broke', async () => {
    publish(server);
    misbehave(cut(70_000), cut(50_000, 120_000));
    await expectWeights(await resolve());
    expect(storageRanges()).toEqual([undefined, 'bytes=70000-', 'bytes=120000-']);
    expect(server.sent.get(file)).toBe(weights.length);
  });

  it('is resumed by the next call, when the network was gone for longer', async () => {
    publish(server);
    misbehave(cut(70_000), ...Array<Mishap>(3).fill(cut(0)));
    const error = await caught(resolve());
    expect(error).toMatchObject({ code: 'hub', reason: 'network', repository: id, file, retryAfter: 0 });
    expect(error.message).toMatch(/resumes where it stopped/);
    expect(await partialSize()).toBe(70_000);
    await expectNothingLoadable();
    server.requests.length = 0;
    await expectWeights(await resolve());
    expect(storageRanges()).toEqual(['bytes=70000-']);
  });

  it('starts anew on a server that knows no ranges', async () => {
    publish(server);
    misbehave(cut(70_000), { kind: 'ignore-range' });
    await expectWeights(await resolve());
    expect(storageRanges()).toEqual([undefined, 'bytes=70000-']);
    expect(server.sent.get(file)).toBe(70_000 + weights.length);
  });

  it('is finished without a request when only the name was missing', async () => {
    publish(server);
    await mkdir(blobs(), { recursive: true });
    await writeFile(`${blob()}.partial`, weights);
    await expectWeights(await resolve());
    expect(storageRanges()).toEqual([]);
  });

  it.each([
    ['damaged', 70_000],
    ['longer than the file', weights.length + 1],
  ])('starts anew when what is left is %s', async (_, size) => {
    publish(server);
    await mkdir(blobs(), { recursive: true });
    await writeFile(`${blob()}.partial`, noise(size, 9));
    await expectWeights(await resolve());
    expect(storageRanges().at(-1)).toBeUndefined();
  });

  it('replaces a file of the cache whose size is wrong', async () => {
    publish(server);
    await mkdir(blobs(), { recursive: true });
    await writeFile(blob(), weights.subarray(0, 1000));
    await expectWeights(await resolve());
  });
});

describe('an abort', () => {
  it('stops at once, in the middle of a file, and leaves what the next call resumes', async () => {
    publish(server);
    misbehave({ kind: 'stall', after: 70_000 });
    const controller = new AbortController();
    const reason = new Error('the user has changed his mind');
    const events: DownloadProgress[] = [];
    const download = resolve({ signal: controller.signal, onProgress: (event) => events.push(event) });
    await server.stalled.promise;
    await expect.poll(partialSize).toBe(70_000);
    controller.abort(reason);
    await expect(download).rejects.toBe(reason);
    expect((await readdir(blobs())).filter((name) => name.includes('.'))).toEqual([
      `${hashOf(large(weights))}.partial`,
    ]);
    await expectNothingLoadable();
    server.requests.length = 0;
    await expectWeights(await resolve());
    expect(storageRanges()).toEqual(['bytes=70000-']);
  });

  it('before the start makes no request, and during a pause ends it', async () => {
    publish(server);
    await expect(resolve({ signal: AbortSignal.abort() })).rejects.toThrow(/aborted/);
    expect(server.requests).toEqual([]);
    const controller = new AbortController();
    server.apiMishaps.push({ kind: 'status', status: 429, headers: { 'Retry-After': '50' } });
    const download = resolve({ signal: controller.signal });
    await expect.poll(() => server.requests.length).toBe(1);
    controller.abort();
    await expect(download).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('ends the wait for another process', async () => {
    publish(server);
    await mkdir(blobs(), { recursive: true });
    await writeFile(`${blob()}.lock`, '');
    const controller = new AbortController();
    const events: DownloadProgress[] = [];
    const download = resolve({ signal: controller.signal, onProgress: (event) => events.push(event) });
    await expect.poll(() => events.at(-1)?.status).toBe('waiting');
    controller.abort();
    await expect(download).rejects.toMatchObject({ name: 'AbortError' });
    expect(storageRanges()).toEqual([]);
  });
});

describe('what is not what the hub announced', () => {
  it.each<[string, Mishap[], string]>([
    ['a longer file', [{ kind: 'other-bytes', bytes: noise(200_001, 1) }], 'size-mismatch'],
    ['a shorter file', [{ kind: 'other-bytes', bytes: noise(1000, 1) }], 'size-mismatch'],
    ['more than there should be', [{ kind: 'no-length', bytes: noise(200_001, 1) }], 'size-mismatch'],
    [
      'fewer bytes than were there',
      [cut(70_000), { kind: 'other-bytes', bytes: noise(60_000, 1) }],
      'size-mismatch',
    ],
    ['other bytes of the same number', [{ kind: 'other-bytes', bytes: noise(200_000, 2) }], 'hash-mismatch'],
  ])('is discarded and named: %s', async (_, mishaps, reason) => {
    publish(server);
    misbehave(...mishaps);
    const error = await caught(resolve());
    expect(error).toMatchObject({ reason, file, repository: id, retryAfter: undefined });
    expect(error.message).toMatch(/discarded/);
    expect((await readdir(blobs())).filter((name) => name.includes('.'))).toEqual([]);
    await expectNothingLoadable();
    await expectWeights(await resolve());
  });

  it('is noticed for small files too', async () => {
    publish(server);
    server.mishaps.set('config.json', [
      { kind: 'other-bytes', bytes: new TextEncoder().encode(config.replace('16', '17')) },
    ]);
    await expect(resolve()).rejects.toMatchObject({ reason: 'hash-mismatch', file: 'config.json' });
  });

  it('goes on where a server stops early without an error', async () => {
    publish(server);
    misbehave({ kind: 'no-length', bytes: weights.subarray(0, 70_000) });
    await expectWeights(await resolve());
    expect(storageRanges()).toEqual([undefined, 'bytes=70000-']);
  });
});

describe('a server in trouble', () => {
  it.each([429, 500, 503])('that answers %i is asked again', async (status) => {
    publish(server);
    server.apiMishaps.push({ kind: 'status', status, headers: { 'Retry-After': '0' } });
    misbehave({ kind: 'status', status });
    await expectWeights(await resolve());
  });

  it('is asked again for another address when the storage refuses the one it gave', async () => {
    publish(server);
    misbehave({ kind: 'status', status: 403 });
    await expectWeights(await resolve());
    expect(server.downloadsOf(file).map((each) => each.server)).toEqual(['hub', 'storage', 'hub', 'storage']);
  });

  it('is named when it remains so, with the time that it asks for', async () => {
    publish(server);
    server.apiMishaps.push({ kind: 'status', status: 429, headers: { 'Retry-After': '300' } });
    const error = await caught(resolve());
    expect(error).toMatchObject({ reason: 'server', status: 429, retryAfter: 300 });
    expect(error.message).toMatch(/too many requests/);
    expect(server.requests).toHaveLength(1);
  });

  it('that is no hub is named as such', async () => {
    publish(server);
    server.apiMishaps.push({ kind: 'other-bytes', bytes: new TextEncoder().encode('<html>Welcome') });
    const error = await caught(resolve());
    expect(error).toMatchObject({ reason: 'server' });
    expect(error.message).toMatch(/is this the address of a hub\? Check HF_ENDPOINT/);
    publish(server, { commit: '../../../../tmp/x' });
    await expect(resolve()).rejects.toThrow(/answered the commit "\.\.\/\.\./);
  });

  it('that redirects in a circle is left', async () => {
    publish(server);
    const circle = { Location: `/api/models/${id}/revision/main` };
    server.apiMishaps.push(...Array<Mishap>(11).fill({ kind: 'status', status: 307, headers: circle }));
    const error = await caught(resolve());
    expect(error).toMatchObject({ reason: 'server' });
    expect(error.message).toMatch(/is redirected without an end/);
    expect(server.requests).toHaveLength(11);
  });

  it('does not matter when the cache has everything, and does when it has not', async () => {
    publish(server);
    const folder = await resolve();
    const gone = await HubServer.start();
    const { endpoint } = gone;
    await gone.stop();
    expect(await resolve({ endpoint })).toBe(folder);
    const error = await caught(resolve({ endpoint, revision: 'v1' }));
    expect(error).toMatchObject({ reason: 'network', repository: id });
    expect(error.message).toMatch(/ECONNREFUSED.*Check the connection/s);
  });
});

describe('a refusal', () => {
  it('for an unknown repository says to check the name, with a token and without', async () => {
    await expect(resolve()).rejects.toThrow(/does not exist on the hub, or is private.*HF_TOKEN/);
    const error = await caught(resolve({ token: 'hf_x' }));
    expect(error).toMatchObject({ reason: 'unknown-repository', status: 404, repository: id });
    expect(error.message).toMatch(
      /there is no repository SoftVQVAE\/tiny, and no folder of that name here: check it/,
    );
    // Where in this library it was thrown means nothing to who reads it.
    expect(error.message).not.toContain('hub-fetch');
  });

  it('for a private one asks for the token, or for another', async () => {
    publish(server, { token: 'hf_secret' });
    const without = await caught(resolve());
    expect(without).toMatchObject({ reason: 'unauthorized', status: 401 });
    expect(without.message).toMatch(/set HF_TOKEN or the option token/);
    const wrong = await caught(resolve({ token: 'hf_wrong' }));
    expect(wrong).toMatchObject({ reason: 'unauthorized', status: 403 });
    expect(wrong.message).toMatch(/refuses this token/);
    expect(wrong.message).not.toContain('hf_wrong');
  });

  it('for a gated one names the page with the conditions', async () => {
    publish(server, { token: 'hf_secret', isGated: true });
    await expect(resolve({ token: 'hf_other' })).rejects.toThrow(
      `accept its conditions at ${server.endpoint}/${id}`,
    );
  });

  it('for an unknown revision or file names it, before anything is downloaded', async () => {
    const { files } = publish(server);
    await expect(resolve({ revision: 'v9' })).rejects.toMatchObject({
      reason: 'unknown-revision',
      status: 404,
    });
    delete files[file];
    const error = await caught(resolve());
    expect(error).toMatchObject({ reason: 'missing-file', file });
    expect(error.message).toMatch(/SoftVQVAE\/tiny has no model\.safetensors at main/);
    expect(server.downloadsOf('config.json')).toEqual([]);
  });
});

describe('the disk', () => {
  it('that has no room for the file is noticed before the download', async () => {
    const { files } = publish(server);
    files[file] = { ...large(weights), size: Number.MAX_SAFE_INTEGER };
    const error = await caught(resolve());
    expect(error).toMatchObject({ reason: 'disk-full', file });
    expect(error.message).toMatch(/needs 9007199254740991 more bytes in .* are free\. Make room/);
    expect(storageRanges()).toEqual([]);
  });

  it.runIf(process.platform === 'linux')('that fills up leaves a typed error', async () => {
    publish(server);
    await mkdir(blobs(), { recursive: true });
    await symlink('/dev/full', `${blob()}.partial`);
    const error = await caught(resolve());
    expect(error).toMatchObject({ reason: 'disk-full', file });
    expect(error.message).toMatch(/needs 200000 more bytes in .*HF_HUB_CACHE/);
  });

  it('that cannot be written to is named', async () => {
    publish(server);
    const occupied = join(cacheFolder, 'a-file');
    await writeFile(occupied, '');
    const error = await caught(resolve({ cacheFolder: occupied }));
    expect(error).toMatchObject({ reason: 'cache' });
    expect(error.message).toContain(occupied);
  });
});

describe('progress', () => {
  it('says for each file how much is there, also of an earlier download', async () => {
    publish(server);
    await mkdir(blobs(), { recursive: true });
    await writeFile(`${blob()}.partial`, weights.subarray(0, 70_000));
    const events: DownloadProgress[] = [];
    await resolve({ onProgress: (event) => events.push(event) });
    const of = (name: string) => events.filter((event) => event.file === name);
    expect(of(file)[0]).toEqual({
      repository: id,
      file,
      status: 'verifying',
      loaded: 70_000,
      total: 200_000,
    });
    expect(of(file)[1]).toMatchObject({ status: 'downloading', loaded: 70_000 });
    for (const name of ['config.json', file]) {
      const loaded = of(name).map((event) => event.loaded);
      expect(loaded).toEqual([...loaded].sort((a, b) => a - b));
      expect(of(name).at(-1)).toMatchObject({ status: 'done', loaded: of(name)[0]!.total });
    }
    events.length = 0;
    await resolve({ onProgress: (event) => events.push(event) });
    expect(events).toEqual([]);
  });
});

describe('calls at the same time', () => {
  it('download a file once', async () => {
    publish(server);
    const folders = await Promise.all([resolve(), resolve(), resolve(), resolve()]);
    for (const folder of folders) await expectWeights(folder);
    expect(server.sent.get(file)).toBe(weights.length);
  });

  it('take over from one that died', async () => {
    publish(server, { files: { 'config.json': small(config), [file]: large(weights) } });
    await mkdir(blobs(), { recursive: true });
    await writeFile(`${blob()}.lock`, '');
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(`${blob()}.lock`, longAgo, longAgo);
    const folders = await Promise.all([resolve(), resolve(), resolve()]);
    for (const folder of folders) await expectWeights(folder);
    expect(
      createHash('sha256')
        .update(await readFile(blob()))
        .digest('hex'),
    ).toBe(hashOf(large(weights)));
    expect(server.sent.get(file)).toBe(weights.length);
  });
});
