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

/**
 * What a vitest configuration names as `globalSetup`, made from a folder of pages. Once, before all tests in a browser,
 * it finds the browser, bundles the pages and serves them.
 */
export function servingPages(pages: URL): (project: TestProject) => Promise<() => Promise<void>> {
  return async (project) => {
    const folder = await mkdtemp(join(tmpdir(), 'softvq-pages-'));
    const [chromiumPath] = await Promise.all([findChromium(), buildPages(pages, folder)]);
    const server = await servePages(folder);
    project.provide('pagesUrl', server.url);
    project.provide('chromiumPath', chromiumPath);
    return async () => {
      await server.close();
      await rm(folder, { recursive: true });
    };
  };
}

export default servingPages(new URL('./pages/', import.meta.url));
