import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { buildPages } from './build-pages.js';
import { findChromium } from './chromium.js';
import { servePages } from './serve-pages.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the pages are served. */
    readonly pagesUrl: string;
    readonly chromiumPath: string;
  }
}

/** Once, before all tests in a browser: finds the browser, bundles the pages and serves them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'softvq-pages-'));
  const [chromiumPath] = await Promise.all([findChromium(), buildPages(folder)]);
  const server = await servePages(folder);
  project.provide('pagesUrl', server.url);
  project.provide('chromiumPath', chromiumPath);
  return async () => {
    await server.close();
    await rm(folder, { recursive: true });
  };
}
