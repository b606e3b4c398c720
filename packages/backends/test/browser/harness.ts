/*
 * Tests in a real browser, headless Chromium.
 *
 * A page is a module in `pages/`. It says what may be called in it, and exports the type of that:
 *
 *     // pages/adder.ts
 *     import { expose } from '../expose.js';
 *     const functions = { add: async (a: number, b: number) => a + b };
 *     export type Adder = typeof functions;
 *     expose(functions);
 *
 * All pages are bundled by Vite, as an application would be, before the first test runs (`setup.ts`). A test file in
 * this folder opens a browser and pages in it; functions of the page are called by name:
 *
 *     // adder.test.ts
 *     import type { Adder } from './pages/adder.js';
 *     const browser = await openBrowser();
 *     afterAll(browser.close);
 *     const page = await browser.open<Adder>('adder');
 *     expect(await page.call('add', 1, 2)).toBe(3);
 *
 * What a function throws arrives as a `PageError` with the name and code of the error. Pages are cross-origin isolated
 * unless they are opened with `{ isolated: false }`. Files of `fixtures/` and of `models/` are at
 * `/fixtures/…` and `/models/…` in every page.
 * `describeInBrowser` (in `describe-in-browser.ts`) runs the conformance kit in a page that exposes `kitFunctions`.
 */
import { inject } from 'vitest';
import { type Browser, launchBrowser } from './launch-browser.js';
import './setup.js';

export { type Browser, type BrowserPage, type OpenPageOptions, PageError } from './launch-browser.js';

/** Starts a browser; with `webgpu` false, one in which no adapter answers. */
export function openBrowser(options: { readonly webgpu?: boolean } = {}): Promise<Browser> {
  return launchBrowser({ chromiumPath: inject('chromiumPath'), pagesUrl: inject('pagesUrl'), ...options });
}
