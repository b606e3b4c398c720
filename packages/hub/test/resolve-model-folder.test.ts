import { mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { scanCacheDir } from '@huggingface/hub';
import { ArgumentError, FileFormatError } from '@softvq/core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { HubError, resolveModelFolder } from '../src/index.js';
import { HubServer, hashOf, large, small } from './hub-server.js';
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
  for (const name of ['HF_HUB_CACHE', 'HUGGINGFACE_HUB_CACHE', 'HF_TOKEN', 'HF_HUB_OFFLINE', 'HF_HOME']) {
    vi.stubEnv(name, undefined);
  }
  vi.stubEnv('HF_ENDPOINT', server.endpoint);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(cacheFolder, { recursive: true });
});

const commit = 'a'.repeat(40);
const read = (folder: string, file: string) => readFile(join(folder, file));

describe('a local source', () => {
  it('is returned as it is, without a request', async () => {
    expect(await resolveModelFolder(cacheFolder)).toBe(cacheFolder);
    expect(server.requests).toEqual([]);
  });

  it('goes before a hub id of the same name', async () => {
    const folder = join(cacheFolder, 'SoftVQVAE', 'tiny');
    await mkdir(folder, { recursive: true });
    const before = process.cwd();
    process.chdir(cacheFolder);
    try {
      expect(await resolveModelFolder(id)).toBe(id);
    } finally {
      process.chdir(before);
    }
  });

  it('must be a folder', async () => {
    const file = join(cacheFolder, 'weights.pt');
    await writeFile(file, '');
    await expect(resolveModelFolder(file)).rejects.toThrow(/is a file, where the folder of a model is meant/);
  });

  it.each(['./nowhere', '/nowhere/at/all', 'nowhere', 'a/b/c', '../a/b', 'a/..', 'a--b/c', 'C:\\models', ''])(
    'that does not exist and is no hub id is refused: %j',
    async (source) => {
      const refused = resolveModelFolder(source);
      await expect(refused).rejects.toThrow(ArgumentError);
      await expect(refused).rejects.toThrow(/does not exist here, and is not the id of a model/);
    },
  );
});

describe('a hub id', () => {
  it('is downloaded into the cache of the Hugging Face tools: config and weights, no more', async () => {
    const { files } = publish(server);
    const folder = await resolveModelFolder(id, { cacheFolder });
    expect(folder).toBe(join(cacheFolder, 'models--SoftVQVAE--tiny', 'snapshots', commit));
    expect((await readdir(folder)).sort()).toEqual(['config.json', 'model.safetensors']);
    expect((await read(folder, 'config.json')).toString()).toBe(config);
    expect(Buffer.compare(await read(folder, 'model.safetensors'), weights)).toBe(0);

    const repository = join(cacheFolder, 'models--SoftVQVAE--tiny');
    expect(await readlink(join(folder, 'model.safetensors'))).toBe(
      join('..', '..', 'blobs', hashOf(files['model.safetensors']!)),
    );
    expect((await readdir(join(repository, 'blobs'))).sort()).toEqual(
      [hashOf(files['config.json']!), hashOf(files['model.safetensors']!)].sort(),
    );
    expect(await readFile(join(repository, 'refs', 'main'), 'utf8')).toBe(commit);
    expect(server.downloadsOf('README.md')).toEqual([]);
  });

  it('is in a cache that the tools of the hub understand', async () => {
    publish(server);
    await resolveModelFolder(id, { cacheFolder });
    const { repos, warnings } = await scanCacheDir(cacheFolder);
    expect(warnings).toEqual([]);
    expect(repos.map((each) => [each.id, each.filesCount, each.size])).toEqual([
      [{ type: 'model', name: id }, 2, weights.length + config.length],
    ]);
    expect(repos[0]!.revisions.map(({ commitOid, refs }) => [commitOid, refs])).toEqual([[commit, ['main']]]);
  });

  it('costs one question when it is in the cache, and none for a commit', async () => {
    publish(server);
    const folder = await resolveModelFolder(id, { cacheFolder });
    server.requests.length = 0;
    expect(await resolveModelFolder(id, { cacheFolder })).toBe(folder);
    expect(server.requests.map(({ path }) => path)).toEqual([`/api/models/${id}/revision/main`]);
    server.requests.length = 0;
    expect(await resolveModelFolder(`${id}@${commit}`, { cacheFolder })).toBe(folder);
    expect(server.requests).toEqual([]);
  });

  it('follows a branch that moved, and downloads only what changed', async () => {
    const repository = publish(server);
    await resolveModelFolder(id, { cacheFolder });
    repository.commit = 'b'.repeat(40);
    repository.files['config.json'] = small('{}');
    const folder = await resolveModelFolder(id, { cacheFolder });
    expect(folder).toMatch(/b{40}$/);
    expect((await read(folder, 'config.json')).toString()).toBe('{}');
    expect(Buffer.compare(await read(folder, 'model.safetensors'), weights)).toBe(0);
    expect(server.downloadsOf('model.safetensors').filter((each) => each.server === 'storage')).toHaveLength(
      1,
    );
    const old = await resolveModelFolder(`${id}@${commit}`, { cacheFolder });
    expect((await read(old, 'config.json')).toString()).toBe(config);
  });

  it('may have a revision, in the id or as an option', async () => {
    publish(server);
    for (const [source, revision] of [[`${id}@v1`], [id, 'v1'], [`${id}@v1`, 'v1']] as const) {
      await resolveModelFolder(source, { cacheFolder, ...(revision === undefined ? {} : { revision }) });
    }
    expect(
      new Set(server.requests.filter(({ path }) => path.includes('/revision/')).map(({ path }) => path)),
    ).toEqual(new Set([`/api/models/${id}/revision/v1`]));
    await expect(resolveModelFolder(`${id}@v1`, { cacheFolder, revision: 'v2' })).rejects.toThrow(
      /contradicts the revision "v2"/,
    );
    for (const revision of ['../../x', '/x', '', 'a b']) {
      await expect(resolveModelFolder(id, { cacheFolder, revision })).rejects.toThrow(/is no revision/);
    }
  });

  it('gives the files that are asked for, in their folders', async () => {
    publish(server, {
      files: {
        'pipeline.json': small('{}'),
        'tokenizer/config.json': small(config),
        'tokenizer/model.safetensors': large(weights),
        'a folder/#1?.json': small('1'),
      },
    });
    const files = [
      'pipeline.json',
      'tokenizer/config.json',
      'tokenizer/model.safetensors',
      'a folder/#1?.json',
    ];
    const folder = await resolveModelFolder(id, { cacheFolder, files });
    expect(Buffer.compare(await read(folder, 'tokenizer/model.safetensors'), weights)).toBe(0);
    expect((await read(folder, 'a folder/#1?.json')).toString()).toBe('1');
    for (const file of ['../x', '/etc/passwd', 'a/../../x', 'C:/x', 'a\\b', 'a//b', './a', '']) {
      await expect(resolveModelFolder(id, { cacheFolder, files: [file] })).rejects.toThrow(
        /is no file of a repo/,
      );
    }
    await expect(resolveModelFolder(id, { cacheFolder, files: [] })).rejects.toThrow(/one file .* at least/);
  });

  it('takes the shards of weights that are split', async () => {
    const shards = { 'model-1-of-2.safetensors': noise(1000, 2), 'model-2-of-2.safetensors': noise(2000, 3) };
    const index = {
      weight_map: {
        a: 'model-1-of-2.safetensors',
        b: 'model-2-of-2.safetensors',
        c: 'model-1-of-2.safetensors',
      },
    };
    const sharded = (folder: string) => ({
      [`${folder}config.json`]: small(config),
      [`${folder}model.safetensors.index.json`]: small(JSON.stringify(index)),
      ...Object.fromEntries(Object.entries(shards).map(([name, bytes]) => [folder + name, large(bytes)])),
    });
    publish(server, { files: { ...sharded(''), ...sharded('generator/') } });
    for (const prefix of ['', 'generator/']) {
      const files = [`${prefix}config.json`, `${prefix}model.safetensors`];
      const folder = await resolveModelFolder(id, { cacheFolder, files });
      for (const [name, bytes] of Object.entries(shards)) {
        expect(Buffer.compare(await read(folder, prefix + name), bytes)).toBe(0);
      }
      expect(await resolveModelFolder(id, { cacheFolder, files, offline: true })).toBe(folder);
    }
    await rm(join(await resolveModelFolder(id, { cacheFolder }), 'model-2-of-2.safetensors'));
    await expect(resolveModelFolder(id, { cacheFolder, offline: true })).rejects.toMatchObject({
      reason: 'offline',
      file: 'model-2-of-2.safetensors',
    });
  });

  it.each([
    ['{"weight_map": {"a": "../../../x.safetensors"}}', /is not the name of a file in the same folder/],
    ['{"weight_map": {"a": 1}}', /is not the name of a file in the same folder/],
    ['{"metadata": {}}', /has no weight_map/],
    ['null', /has no weight_map/],
    ['{"weight_map"', /is no JSON/],
  ])('is refused with the index of shards %s', async (index, message) => {
    publish(server, {
      files: { 'config.json': small(config), 'model.safetensors.index.json': small(index) },
    });
    const refused = resolveModelFolder(id, { cacheFolder });
    await expect(refused).rejects.toThrow(FileFormatError);
    await expect(refused).rejects.toThrow(message);
  });
});

describe('the environment', () => {
  it.each([
    [{ HF_HUB_CACHE: 'own', HF_HOME: 'home' }, 'own'],
    [{ HUGGINGFACE_HUB_CACHE: 'own', HF_HOME: 'home' }, 'own'],
    [{ HF_HOME: 'home' }, 'home/hub'],
    [{ XDG_CACHE_HOME: 'xdg' }, 'xdg/huggingface/hub'],
  ])('places the cache: %j', async (variables, expected) => {
    publish(server);
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, join(cacheFolder, value));
    const folder = await resolveModelFolder(id);
    expect(folder.startsWith(join(cacheFolder, expected, 'models--SoftVQVAE--tiny'))).toBe(true);
  });

  it('leaves the cache in the home folder without more', async () => {
    vi.stubEnv('XDG_CACHE_HOME', undefined);
    await expect(resolveModelFolder('no-such-owner-of-models/tiny', { offline: true })).rejects.toThrow(
      `is not in ${join(homedir(), '.cache', 'huggingface', 'hub')}`,
    );
  });

  it('gives the token, and options go before it', async () => {
    publish(server, { token: 'hf_secret' });
    vi.stubEnv('HF_TOKEN', 'hf_secret\n');
    await resolveModelFolder(id, { cacheFolder });
    await expect(
      resolveModelFolder(id, { cacheFolder: join(cacheFolder, 'b'), token: '' }),
    ).rejects.toMatchObject({ reason: 'unauthorized' });
    vi.stubEnv('HF_TOKEN', 'of no hub');
    await resolveModelFolder(id, { cacheFolder: join(cacheFolder, 'c'), token: 'hf_secret' });
  });

  it('shows the token to the endpoint and to nobody it redirects to', async () => {
    publish(server, { token: 'hf_secret' });
    await resolveModelFolder(id, { cacheFolder, token: 'hf_secret' });
    const seen = (which: string) =>
      new Set(server.requests.filter((each) => each.server === which).map((each) => each.authorization));
    expect(seen('hub')).toEqual(new Set(['Bearer hf_secret']));
    expect(seen('storage')).toEqual(new Set([undefined]));
  });

  it('refuses a token that is none, without showing it', async () => {
    const refused = resolveModelFolder(id, { cacheFolder, token: 'hf_secret hf_other' });
    await expect(refused).rejects.toThrow(ArgumentError);
    await expect(refused).rejects.not.toThrow(/secret/);
  });

  it('refuses an endpoint that is no address', async () => {
    for (const endpoint of ['huggingface.co', 'ftp://huggingface.co']) {
      vi.stubEnv('HF_ENDPOINT', endpoint);
      await expect(resolveModelFolder(id, { cacheFolder })).rejects.toThrow(
        /must be an http or https address/,
      );
    }
    const refused = resolveModelFolder(id, { cacheFolder, endpoint: 'https://me:word@huggingface.co' });
    await expect(refused).rejects.toThrow(/must have no user and no password/);
    await expect(refused).rejects.not.toThrow(/me:word/);
    publish(server);
    await resolveModelFolder(id, { cacheFolder, endpoint: `${server.endpoint}/` });
  });
});

describe('offline', () => {
  it.each(['1', 'true', 'YES', 'on'])('uses the cache when HF_HUB_OFFLINE is %s', async (value) => {
    publish(server);
    const folder = await resolveModelFolder(id, { cacheFolder });
    server.requests.length = 0;
    vi.stubEnv('HF_HUB_OFFLINE', value);
    expect(await resolveModelFolder(id, { cacheFolder })).toBe(folder);
    expect(server.requests).toEqual([]);
  });

  it('names the file that is not in the cache, and what would help', async () => {
    publish(server);
    const offline = () => resolveModelFolder(id, { cacheFolder, offline: true });
    await expect(offline()).rejects.toMatchObject({ reason: 'offline', file: 'config.json', repository: id });
    await resolveModelFolder(id, { cacheFolder, files: ['config.json'] });
    const refused = offline();
    await expect(refused).rejects.toThrow(HubError);
    await expect(refused).rejects.toThrow(
      /model\.safetensors of SoftVQVAE\/tiny at main is not in .*HF_HUB_OFFLINE/,
    );
    expect(server.downloadsOf('model.safetensors')).toEqual([]);
  });

  it('still means the whole old commit after the download of a new one was broken off', async () => {
    const repository = publish(server);
    const folder = await resolveModelFolder(id, { cacheFolder });
    repository.commit = 'b'.repeat(40);
    repository.files['model.safetensors'] = large(noise(100_000, 5));
    server.mishaps.set('model.safetensors', [{ kind: 'status', status: 404 }]);
    server.mishaps.get('model.safetensors')!.push(...Array(3).fill({ kind: 'status', status: 503 }));
    await expect(resolveModelFolder(id, { cacheFolder })).rejects.toMatchObject({ reason: 'server' });
    expect(await resolveModelFolder(id, { cacheFolder, offline: true })).toBe(folder);
  });
});
