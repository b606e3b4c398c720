import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Browser, openBrowser } from './harness.js';
import type { SelectPage } from './pages/select.js';

describe('where WebGPU is rendered in software', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  it('WebAssembly is chosen, and multiplies in int8', async () => {
    const page = await browser.open<SelectPage>('select');
    const { name, attempts } = await page.call('select', {});
    expect(name).toBe('wasm');
    expect(attempts).toEqual([
      { name: 'webgpu', reason: 'the browser renders it in software, which is slower than WebAssembly' },
    ]);
    const error = await page.call('errorOf', 'int8');
    expect(error).toBeGreaterThan(0);
    expect(error).toBeLessThan(0.02);
  });

  it('WebGPU can be had by name, and computes precision float16 in float32 without shader-f16', async () => {
    const page = await browser.open<SelectPage>('select');
    const { name, attempts } = await page.call('select', { order: ['cpu', 'webgpu'] });
    expect(name).toBe('webgpu');
    expect(attempts).toEqual([{ name: 'cpu', reason: 'it runs in Node only' }]);
    expect(await page.call('errorOf', 'float16')).toBeLessThan(1e-6);
    await expect(page.call('errorOf', 'int8')).rejects.toMatchObject({
      name: 'BackendError',
      code: 'backend',
    });
  });

  it('all backends are described', async () => {
    const page = await browser.open<SelectPage>('select');
    const { descriptions, table } = await page.call('describe');
    expect(descriptions.map(({ name, available }) => [name, available])).toEqual([
      ['cuda', false],
      ['webgpu', true],
      ['cpu', false],
      ['wasm', true],
      ['tfjs', true],
    ]);
    expect(table).toMatch(
      /^webgpu {2}yes {2}float32, int32, int64, uint8, bool; only if named: the browser/m,
    );
  });
});

describe('where there is no WebGPU', () => {
  it('the reason is told, and WebAssembly chosen', async () => {
    const browser = await openBrowser({ webgpu: false });
    const page = await browser.open<SelectPage>('select');
    const { name, attempts } = await page.call('select', {});
    expect(name).toBe('wasm');
    expect(attempts.map((each) => each.name)).toEqual(['webgpu']);
    expect(attempts[0]!.reason).toContain('the webgpu backend needs');
    await browser.close();
  });
});
