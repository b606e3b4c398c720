import { afterAll, beforeAll } from 'vitest';
import {
  type Browser,
  type BrowserPage,
  openBrowser,
} from '../../../packages/backends/test/browser/harness.js';
import type { DevicesPage } from '../pages/devices.js';
import { inNode } from './in-node.js';

/**
 * Opens the page with the proofs for the tests of a file, and closes it after them with all backends.
 *
 * @returns gives the page, once tests run.
 */
export function openDevices(): () => BrowserPage<DevicesPage> {
  let browser: Browser;
  let page: BrowserPage<DevicesPage>;
  beforeAll(async () => {
    browser = await openBrowser();
    page = await browser.open<DevicesPage>('devices');
  });
  afterAll(() => Promise.all([browser.close(), inNode.close()]));
  return () => page;
}
