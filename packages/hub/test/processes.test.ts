import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type DownloadProgress, resolveModelFolder } from '../src/index.js';
import { deferred, HubServer, hashOf, large } from './hub-server.js';
import { id, publish, weights } from './repository.js';

interface Child {
  readonly process: ChildProcess;
  readonly messages: readonly (Partial<DownloadProgress> & { readonly folder?: string })[];
}

const file = 'model.safetensors';
let server: HubServer;
let cacheFolder: string;
let children: Child[];
beforeEach(async () => {
  server = await HubServer.start();
  cacheFolder = await mkdtemp(join(tmpdir(), 'softvq-hub-'));
  children = [];
  publish(server);
});
afterEach(async () => {
  for (const child of children) child.process.kill('SIGKILL');
  await server.stop();
  await rm(cacheFolder, { recursive: true });
});

function start(): Child {
  const script = fileURLToPath(new URL('resolve-in-child.ts', import.meta.url));
  const execArgv = ['--import', 'tsx'];
  const child = {
    process: fork(script, [id, cacheFolder, server.endpoint], { execArgv }),
    messages: [] as object[],
  };
  child.process.on('message', (message: object) => child.messages.push(message));
  children.push(child);
  return child;
}

const isWaiting = ({ messages }: Child) => messages.some(({ status }) => status === 'waiting');
const blob = () => join(cacheFolder, 'models--SoftVQVAE--tiny', 'blobs', hashOf(large(weights)));

async function expectOnlyWhole(folder: string): Promise<void> {
  expect(Buffer.compare(await readFile(join(folder, file)), weights)).toBe(0);
  const names = await readdir(join(cacheFolder, 'models--SoftVQVAE--tiny', 'blobs'));
  expect(names.filter((name) => name.includes('.'))).toEqual([]);
}

it('processes that want the same file wait for the one that downloads it', async () => {
  const others = deferred();
  server.mishaps.set(file, [{ kind: 'stall', after: 70_000, until: others.promise }]);
  const running = [start(), start(), start()];
  await expect.poll(() => running.filter(isWaiting).length, { timeout: 30_000 }).toBe(2);
  others.resolve();
  await Promise.all(running.map((child) => once(child.process, 'exit')));
  const folders = running.map(({ messages }) => messages.at(-1)!.folder!);
  expect(new Set(folders).size).toBe(1);
  await expectOnlyWhole(folders[0]!);
  expect(server.sent.get(file)).toBe(weights.length);
});

it('a process that was killed is taken over from, where it stopped', async () => {
  server.mishaps.set(file, [{ kind: 'stall', after: 70_000 }]);
  const child = start();
  await server.stalled.promise;
  await expect.poll(() => stat(`${blob()}.partial`).then(({ size }) => size)).toBe(70_000);
  child.process.kill('SIGKILL');
  await once(child.process, 'exit');
  // As if some time had passed.
  const longAgo = new Date(Date.now() - 60_000);
  await utimes(`${blob()}.lock`, longAgo, longAgo);
  server.requests.length = 0;
  const folder = await resolveModelFolder(id, {
    cacheFolder,
    endpoint: server.endpoint,
    token: '',
    offline: false,
  });
  await expectOnlyWhole(folder);
  expect(server.downloadsOf(file).map(({ range }) => range)).toEqual(['bytes=70000-', 'bytes=70000-']);
});
