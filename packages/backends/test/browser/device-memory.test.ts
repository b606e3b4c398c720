import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Browser, type BrowserPage, openBrowser } from './harness.js';
import type { DeviceMemoryPage } from './pages/device-memory.js';

let browser: Browser;
let page: BrowserPage<DeviceMemoryPage>;
beforeAll(async () => {
  browser = await openBrowser();
  page = await browser.open<DeviceMemoryPage>('device-memory');
});
afterAll(() => browser.close());

/** Bytes of a state or a weight of these pages are at least as many; scalars and the sizes of kernels far fewer. */
const smallestTensor = 2 * 8 * 32 * 4;

describe('webgpu in a browser', () => {
  it('sends only scalars to the device in a step of a sampler, and reads nothing', async () => {
    const { counts, finite } = await page.call('sample', 10);
    expect(finite).toBe(true);
    for (const [i, count] of counts.entries()) {
      if (i < 2) continue;
      const before = counts[i - 1]!;
      expect(count.toDevice - before.toDevice).toBe(8);
      expect(count.toHost - before.toHost).toBe(0);
      // Nor does the engine behind our back.
      expect(count.read - before.read).toBe(0);
      expect(count.written - before.written).toBeLessThan(smallestTensor);
    }
  });

  it('keeps parameters and momenta on the device in training', async () => {
    const { losses, counts } = await page.call('train', 10);
    expect(losses.at(-1)!).toBeLessThan(losses[0]!);
    for (const [i, count] of counts.entries()) {
      if (i < 2) continue;
      const before = counts[i - 1]!;
      expect(count.toDevice - before.toDevice).toBe(0);
      // The loss, a number.
      expect(count.toHost - before.toHost).toBe(4);
      expect(count.read - before.read).toBeLessThanOrEqual(16);
      expect(count.written - before.written).toBeLessThan(smallestTensor);
    }
  });

  it('holds as much memory after 200 steps as after ten', async () => {
    const { counts } = await page.call('sample', 200);
    expect(counts.at(-1)!.alive).toBeLessThanOrEqual(counts[10]!.alive);
  });

  it('holds as much memory after 50 backends as after five', { timeout: 120_000 }, async () => {
    const alive = await page.call('cycle', 50);
    expect(alive.at(-1)!).toBeLessThanOrEqual(alive[4]!);
  });
});
