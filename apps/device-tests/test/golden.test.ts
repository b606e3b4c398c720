import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Browser,
  type BrowserPage,
  openBrowser,
} from '../../../packages/backends/test/browser/harness.js';
import type { DevicesPage } from '../pages/devices.js';
import { goldenProofs } from '../proofs/golden.js';
import { devices } from './devices.js';
import { inNode } from './in-node.js';

let browser: Browser;
let page: BrowserPage<DevicesPage>;
beforeAll(async () => {
  browser = await openBrowser();
  page = await browser.open<DevicesPage>('devices');
});
afterAll(() => browser.close());

describe.each(devices)('$name in $where', ({ where, name, slack }) => {
  it.each(goldenProofs)('computes golden %s', async (proof) => {
    const { figures, off } = await (where === 'Node'
      ? inNode.golden(name, proof, slack)
      : page.call('golden', name, proof, slack));
    expect(figures).toBeGreaterThan(0);
    expect(off).toEqual([]);
  });
});
