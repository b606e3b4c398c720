import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { acquireLease, LeaseLost } from '../src/lease.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'softvq-lease-'));
  path = join(folder, 'lock');
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(folder, { recursive: true });
});

const acquire = (onWait = () => {}) => acquireLease(path, { signal: undefined, onWait });

it('is held by one at a time, whoever asks', async () => {
  let holders = 0;
  let most = 0;
  const worker = async () => {
    const lease = await acquire();
    most = Math.max(most, ++holders);
    await new Promise((resolve) => setTimeout(resolve, 10));
    await lease.confirm();
    holders--;
    await lease.release();
  };
  await Promise.all([worker(), worker(), worker(), worker(), worker()]);
  expect(most).toBe(1);
  expect(await readdir(folder)).toEqual([]);
});

it('of who is gone is taken over by exactly one', async () => {
  await writeFile(path, '');
  const longAgo = new Date(Date.now() - 11_000);
  await utimes(path, longAgo, longAgo);
  let waited = 0;
  const first = await Promise.race(Array.from({ length: 4 }, () => acquire(() => waited++)));
  await expect.poll(() => waited).toBeGreaterThanOrEqual(3);
  await first.confirm();
});

it('that was taken over is noticed before the next write, and left to its holder', async () => {
  const lost = await acquire();
  const longAgo = new Date(Date.now() - 11_000);
  await utimes(path, longAgo, longAgo);
  const own = await acquire();
  vi.useFakeTimers({ now: Date.now(), toFake: ['performance'] });
  vi.advanceTimersByTime(5000);
  await expect(lost.confirm()).rejects.toThrow(LeaseLost);
  await lost.release();
  await own.confirm();
  await own.release();
  expect(await readdir(folder)).toEqual([]);
});

it('stays as long as the holder is alive', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const lease = await acquire();
  const longAgo = new Date(Date.now() - 11_000);
  await utimes(path, longAgo, longAgo);
  await vi.advanceTimersByTimeAsync(2000);
  const controller = new AbortController();
  let waited = false;
  const other = acquireLease(path, {
    signal: controller.signal,
    onWait: () => {
      waited = true;
      controller.abort();
    },
  });
  await expect(other).rejects.toMatchObject({ name: 'AbortError' });
  expect(waited).toBe(true);
  await lease.release();
});
