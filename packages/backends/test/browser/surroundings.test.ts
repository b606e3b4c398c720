import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Browser, type OpenPageOptions, openBrowser } from './harness.js';
import type { Surroundings } from './pages/surroundings.js';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

/** A page of its own: what the engine starts with is settled once for a page. */
const openPage = (options: OpenPageOptions = {}) => browser.open<Surroundings>('surroundings', options);

describe('wasm in a browser', () => {
  it('has the threads that are asked for where the page is cross-origin isolated', async () => {
    const page = await openPage();
    expect(await page.call('useWasm', { threads: 2 })).toEqual({ threads: 2, result: 2 });
    await page.close();
  });

  it('has one thread where the page is not', async () => {
    const page = await openPage({ isolated: false });
    expect(await page.call('useWasm', { threads: 2 })).toEqual({ threads: 1, result: 2 });
    await page.close();
  });

  it('says which files are missing and what to do', async () => {
    const page = await openPage();
    await expect(page.call('useWasm', { wasmPaths: '/nowhere/' })).rejects.toMatchObject({
      code: 'backend',
      message: expect.stringMatching(/at "\/nowhere\/".*wasmPaths/s),
    });
    await page.close();
  });

  it('starts once, and refuses other settings afterwards', async () => {
    const page = await openPage();
    await page.call('useWasm', { threads: 1 });
    expect(await page.call('useWasm', {})).toEqual({ threads: 1, result: 2 });
    await expect(page.call('useWasm', { threads: 2 })).rejects.toMatchObject({
      code: 'argument',
      message: expect.stringContaining('it has threads 1, not 2'),
    });
    await page.close();
  });
});

describe('webgpu in a browser', () => {
  it('is refused where the browser has no WebGPU', async () => {
    const page = await openPage({
      before: "Object.defineProperty(Navigator.prototype, 'gpu', { get: () => undefined })",
    });
    await expect(page.call('useWebgpu')).rejects.toMatchObject({
      code: 'backend',
      message: expect.stringContaining('needs WebGPU, and this browser has none'),
    });
    await page.close();
  });

  it('is refused where no adapter answers', async () => {
    const without = await openBrowser({ webgpu: false });
    const page = await without.open<Surroundings>('surroundings');
    await expect(page.call('useWebgpu')).rejects.toMatchObject({
      code: 'backend',
      message: expect.stringContaining('needs a GPU, and the browser offers none'),
    });
    await without.close();
  });

  it('says which files are missing and what to do', async () => {
    const page = await openPage();
    await expect(page.call('useWebgpu', '/nowhere/')).rejects.toMatchObject({
      code: 'backend',
      message: expect.stringMatching(/at "\/nowhere\/".*wasmPaths/s),
    });
    await page.close();
  });

  it('has no float16 where the device has no shader-f16, and refuses graphs with it', async () => {
    const page = await openPage();
    expect((await page.call('useWebgpu')).dtypes).toEqual(['float32', 'int32', 'int64', 'uint8', 'bool']);
    await expect(page.call('useHalf')).rejects.toMatchObject({
      code: 'dtype',
      message: expect.stringContaining('float16, which the webgpu backend does not have here'),
    });
    await page.close();
  });

  it('declares the largest buffer of the adapter, and refuses what is larger than the device allows', async () => {
    const page = await openPage();
    expect((await page.call('useWebgpu')).maxBufferBytes).toBeGreaterThanOrEqual(2 ** 27);
    await expect(page.call('useLargeTensor', 'upload', 140)).rejects.toMatchObject({
      code: 'backend',
      message: expect.stringContaining('has 140000000 bytes, and buffers of this GPU end at 134217728'),
    });
    await expect(page.call('useLargeTensor', 'compile', 6)).rejects.toMatchObject({
      code: 'backend',
      message: expect.stringContaining('the model is too large for this GPU: a result of matmul'),
    });
    await page.close();
  });

  it('leaves a device that the application shares with it alive', async () => {
    const page = await openPage();
    expect(await page.call('shareDevice')).toEqual({ result: 2, lost: false });
    await page.close();
  });

  it.each([0, 200])(
    'says that the device was lost %i ms into a run, and another backend takes over',
    async (delay) => {
      const page = await openPage();
      const lost = 'DeviceLostError: device-lost';
      expect(await page.call('loseDevice', delay)).toEqual({ outcomes: [lost, lost, lost], result: 2 });
      await page.close();
    },
  );
});
