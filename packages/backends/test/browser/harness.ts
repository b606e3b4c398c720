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
 * unless they are opened with `{ isolated: false }`. Files of `fixtures/` are at `/fixtures/…` in every page.
 * `describeInBrowser` (in `describe-in-browser.ts`) runs the conformance kit in a page that exposes `kitFunctions`.
 */
import { chromium, type Page as PlaywrightPage } from 'playwright-core';
import { inject } from 'vitest';
import type { PageFunctions, ThrownInPage } from './expose.js';
import './setup.js';

/** Software rendering answers for WebGPU only where unsafe adapters are allowed. */
const webgpuFlag = '--enable-unsafe-webgpu';

const flags = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
];

/** An error thrown inside a page. */
export class PageError extends Error {
  override readonly name: string;
  readonly code: string | undefined;

  constructor({ name, message, code }: ThrownInPage) {
    super(message);
    this.name = name;
    this.code = code;
  }
}

export interface OpenPageOptions {
  /** Whether the page is cross-origin isolated; true unless told. */
  readonly isolated?: boolean;
  /** A script that runs in the page before its module does. */
  readonly before?: string;
}

export interface BrowserPage<Functions extends PageFunctions> {
  /** Calls a function of the page. @throws PageError for what it throws. */
  readonly call: <Name extends keyof Functions & string>(
    name: Name,
    ...args: Parameters<Functions[Name]>
  ) => Promise<Awaited<ReturnType<Functions[Name]>>>;
  /** What the page wrote to its console, and errors that nobody caught. */
  readonly messages: readonly string[];
  readonly close: () => Promise<void>;
}

export interface Browser {
  /** Opens the page whose module is `pages/NAME.ts`. */
  readonly open: <Functions extends PageFunctions>(
    name: string,
    options?: OpenPageOptions,
  ) => Promise<BrowserPage<Functions>>;
  readonly close: () => Promise<void>;
}

/** Starts a browser; with `webgpu` false, one in which no adapter answers. */
export async function openBrowser({ webgpu = true }: { readonly webgpu?: boolean } = {}): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: inject('chromiumPath'),
    args: webgpu ? [...flags, webgpuFlag] : flags,
  });
  return {
    open: async (name, { isolated = true, before } = {}) => {
      const page = await browser.newPage();
      const messages = listen(page);
      if (before !== undefined) await page.addInitScript(before);
      await page.goto(`${inject('pagesUrl')}/${isolated ? 'isolated' : 'plain'}/${name}.html`);
      await page
        .waitForFunction(() => globalThis.callPage !== undefined, undefined, { timeout: 20_000 })
        .catch((cause: unknown) => {
          throw new Error(`the page ${name} did not load:\n${messages.join('\n')}`, { cause });
        });
      return {
        call: async (name, ...args) => {
          const outcome = await page.evaluate(([name, args]) => globalThis.callPage!(name, args), [
            name,
            args as unknown[],
          ] as const);
          if ('thrown' in outcome) throw new PageError(outcome.thrown);
          return outcome.value as never;
        },
        messages,
        close: () => page.close(),
      };
    },
    close: () => browser.close(),
  };
}

function listen(page: PlaywrightPage): readonly string[] {
  const messages: string[] = [];
  page.on('console', (message) => messages.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => messages.push(`uncaught: ${error.stack ?? error.message}`));
  page.on('requestfailed', (request) => messages.push(`request failed: ${request.url()}`));
  return messages;
}
