import { chromium, type Page as PlaywrightPage } from 'playwright-core';
import type { PageFunctions, ThrownInPage } from './expose.js';

/** Software rendering answers for WebGPU only where unsafe adapters are allowed. */
const webgpuFlag = '--enable-unsafe-webgpu';

const flags = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
  // Pages live for seconds: optimising the engine's 25 MB of WebAssembly would take more of them than it saves.
  '--js-flags=--liftoff-only',
  // Nor is any of their shaders met again in another run.
  '--disable-gpu-program-cache',
  '--disable-gpu-shader-disk-cache',
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

export interface LaunchOptions {
  readonly chromiumPath: string;
  /** Where `servePages` serves the pages. */
  readonly pagesUrl: string;
  /** Whether an adapter answers; true unless told. */
  readonly webgpu?: boolean;
}

/** Starts a browser. */
export async function launchBrowser({
  chromiumPath,
  pagesUrl,
  webgpu = true,
}: LaunchOptions): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: chromiumPath,
    args: webgpu ? [...flags, webgpuFlag] : flags,
  });
  return {
    open: async (name, { isolated = true, before } = {}) => {
      const page = await browser.newPage();
      const messages = listen(page);
      if (before !== undefined) await page.addInitScript(before);
      await page.goto(`${pagesUrl}/${isolated ? 'isolated' : 'plain'}/${name}.html`);
      await page
        .waitForFunction(() => globalThis.callPage !== undefined, undefined, { timeout: 60_000 })
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
