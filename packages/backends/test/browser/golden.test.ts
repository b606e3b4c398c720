import { afterAll, beforeAll, describe, it } from 'vitest';
import { expectGolden } from '../golden/expect-golden.js';
import { type Browser, openBrowser } from './harness.js';
import type { GoldenPage } from './pages/golden.js';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

describe('golden tokenizer/softvq in a browser', () => {
  it.each([
    ['wasm', 1],
    ['webgpu', 10],
  ] as const)('on %s', async (name, slack) => {
    const page = await browser.open<GoldenPage>('golden');
    expectGolden(await page.call('softvq', name), slack);
    await page.close();
  });
});
