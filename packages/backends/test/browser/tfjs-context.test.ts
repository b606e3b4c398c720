import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Browser, openBrowser } from './harness.js';
import type { TfjsContext } from './pages/tfjs-context.js';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

it('a lost WebGL context is an error, and a new backend starts over', async () => {
  const page = await browser.open<TfjsContext>('tfjs-context');
  expect(await page.call('open')).toBe('webgl');
  expect(await page.call('double', [1, 2])).toEqual([2, 4]);
  await page.call('doubleThere', [3]);
  await page.call('loseContext');
  const lost = { name: 'BackendError', code: 'backend' };
  await expect(page.call('readKept')).rejects.toMatchObject(lost);
  await expect(page.call('double', [5])).rejects.toMatchObject(lost);
  expect(await page.call('open')).toBe('webgl');
  expect(await page.call('double', [5, 6])).toEqual([10, 12]);
});
