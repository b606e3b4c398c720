import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Browser, type BrowserPage, openBrowser } from './harness.js';
import type { SharedPrograms } from './pages/shared-programs.js';

let browser: Browser;
let page: BrowserPage<SharedPrograms>;
beforeAll(async () => {
  browser = await openBrowser();
  page = await browser.open<SharedPrograms>('shared-programs');
});
afterAll(() => browser.close());

/** Multiplies matrices of small whole numbers; gives how many programs the device made for it. */
async function programsFor(rows: number, inner: number, columns: number): Promise<number> {
  const numbers = (count: number) => Array.from({ length: count }, (_, i) => ((i * 7) % 11) - 5);
  const [a, b] = [numbers(rows * inner), numbers(inner * columns)];
  const expected = Array.from({ length: rows * columns }, (_, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    return Array.from({ length: inner }, (_, k) => a[row * inner + k]! * b[k * columns + column]!).reduce(
      (sum, each) => sum + each,
    );
  });
  const { product, programs } = await page.call('multiply', rows, inner, columns, a, b);
  expect(product).toEqual(expected);
  return programs;
}

it('WebGL programs serve other shapes, as far as these are read in the same way', async () => {
  // Textures hold rows and columns in pairs: even matrices are read in another way than odd ones. The inner size is
  // part of the program.
  expect(await programsFor(2, 2, 2)).toBeGreaterThan(0);
  expect(await programsFor(8, 2, 6)).toBe(0);
  expect(await programsFor(3, 2, 5)).toBeGreaterThan(0);
  expect(await programsFor(9, 2, 7)).toBe(0);
  expect(await programsFor(3, 2, 4)).toBeGreaterThan(0);
});

it('the flag of tfjs is as it was for what the application computes', async () => {
  expect(await page.call('isShared')).toBe(false);
});
