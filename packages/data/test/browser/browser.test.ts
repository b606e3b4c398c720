import { type Browser, chromium, type Page } from 'playwright-core';
import sharp from 'sharp';
import { build, defaultClientConditions } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium } from '../../../backends/test/browser/chromium.js';
import { createLoader, type Picture, pictureDataset } from '../../src/index.js';
import { readPicture } from '../../src/node/index.js';
import { samplePicture } from '../sample-picture.js';
import type { PageFunctions } from './page.js';

const html =
  '<!doctype html><script type="module">import * as page from "/page.js"; globalThis.testPage = page;</script>';

let browser: Browser;
let page: Page;
let script: string;

beforeAll(async () => {
  const output = await build({
    configFile: false,
    logLevel: 'error',
    resolve: { conditions: ['softvq-source', ...defaultClientConditions] },
    build: {
      write: false,
      minify: false,
      target: 'esnext',
      lib: { entry: new URL('page.ts', import.meta.url).pathname, formats: ['es'] },
    },
  });
  const [result] = output as Exclude<typeof output, readonly unknown[] | { close: unknown }>[];
  script = (result as unknown as { output: [{ code: string }] }).output[0].code;
  browser = await chromium.launch({
    executablePath: await findChromium(),
    args: ['--no-sandbox', '--disable-quic'],
  });
  page = await browser.newPage();
  await page.route('http://page.test/**', (route) =>
    route.request().url().endsWith('.js')
      ? route.fulfill({ contentType: 'text/javascript', body: script })
      : route.fulfill({ contentType: 'text/html', body: html }),
  );
  await page.goto('http://page.test/');
  await page.waitForFunction(() => 'testPage' in globalThis);
}, 120_000);

afterAll(() => browser.close());

async function call<Name extends keyof PageFunctions>(
  name: Name,
  ...args: Parameters<PageFunctions[Name]>
): Promise<Awaited<ReturnType<PageFunctions[Name]>>> {
  return page.evaluate(
    ([name, args]) => {
      const { testPage } = globalThis as unknown as {
        testPage: { functions: Record<string, (...args: unknown[]) => never> };
      };
      return testPage.functions[name]!(...args);
    },
    [name as string, args as unknown[]] as const,
  );
}

function plain({ width, height, data }: Picture) {
  return { width, height, data: [...data] };
}

function largestDifference(a: readonly number[], b: Uint8Array): number {
  expect(a.length).toBe(b.length);
  return Math.max(...a.map((value, index) => Math.abs(value - b[index]!)));
}

/** Smooth colours, which lossy formats keep. */
function gradient(width: number, height: number): Uint8Array {
  return Uint8Array.from({ length: width * height * 3 }, (_, byte) => {
    const x = Math.floor(byte / 3) % width;
    const y = Math.floor(byte / 3 / width);
    return [(x * 200) / width, (y * 200) / height, 128][byte % 3]!;
  });
}

const raw = (data: Uint8Array | Uint16Array, width: number, height: number, channels: 1 | 2 | 3 | 4) =>
  sharp(data, { raw: { width, height, channels } });

describe('in a browser', () => {
  it('no module of Node is needed', () => {
    expect(script).not.toMatch(/(from|import)\s*\(?\s*["']node:|require\(/);
  });

  it('pictures are read as in Node', async () => {
    const smooth = () => raw(gradient(40, 24), 40, 24, 3);
    const noise = () => raw(samplePicture(33, 17).data, 33, 17, 3);
    const files: [name: string, file: Buffer, tolerance: number][] = [
      ['PNG', await noise().png().toBuffer(), 0],
      ['lossless WebP', await noise().webp({ lossless: true }).toBuffer(), 0],
      ['GIF', await raw(new Uint8Array(192).fill(77), 8, 8, 3).gif().toBuffer(), 0],
      [
        'grey PNG',
        await raw(Uint8Array.from([0, 80, 255]), 3, 1, 1)
          .toColourspace('b-w')
          .png()
          .toBuffer(),
        0,
      ],
      [
        'transparent PNG',
        await raw(Uint8Array.from([255, 0, 0, 128, 9, 9, 9, 0, 0, 40, 80, 255]), 3, 1, 4)
          .png()
          .toBuffer(),
        2,
      ],
      [
        '16-bit PNG',
        await raw(Uint16Array.from([0, 257, 32768, 65535, 33410, 9000]), 2, 1, 3)
          .toColourspace('rgb16')
          .png()
          .toBuffer(),
        1,
      ],
      ['JPEG', await smooth().jpeg({ quality: 95 }).toBuffer(), 4],
      ['turned JPEG', await smooth().withMetadata({ orientation: 6 }).jpeg({ quality: 95 }).toBuffer(), 4],
      ['WebP', await smooth().webp({ quality: 95 }).toBuffer(), 6],
      ['AVIF', await smooth().avif({ quality: 90 }).toBuffer(), 6],
    ];
    for (const [name, file, tolerance] of files) {
      const expected = await readPicture(file);
      for (const reader of ['readBlob', 'readImage'] as const) {
        const read = await call(reader, file.toString('base64'));
        expect([read.width, read.height], `${name}, ${reader}`).toEqual([expected.width, expected.height]);
        expect(largestDifference(read.data, expected.data), `${name}, ${reader}`).toBeLessThanOrEqual(
          tolerance,
        );
      }
    }
  });

  it('the first frame of an animation is read', async () => {
    const frames = new Uint8Array(8 * 16 * 3).fill(40, 0, 192).fill(200, 192);
    const gif = await sharp(frames, { raw: { width: 8, height: 16, channels: 3, pageHeight: 8 } })
      .gif()
      .toBuffer();
    const read = await call('readBlob', gif.toString('base64'));
    expect(read).toEqual({ width: 8, height: 8, data: new Array(192).fill(40) });
  });

  it('pictures go to a canvas and into a file and back without loss', async () => {
    const picture = plain(samplePicture(19, 13));
    expect(await call('throughPng', picture)).toEqual(picture);
    expect(await call('readCanvas', picture)).toEqual(picture);
  });

  it('what cannot be read is named', async () => {
    const text = Buffer.from('no picture').toString('base64');
    expect(await call('errorOf', text)).toMatch(
      /^FileFormatError: holiday\.png: .*it is damaged, or of a format/,
    );
    expect(await call('errorOf', '')).toContain('it is empty');
    expect(await call('errorOfUnloaded')).toMatch(/^ArgumentError: picture has no pixels \(0×0\)/);
  });

  it('a loader gives the batches that it gives in Node', async () => {
    const pictures = [1, 2, 3, 4, 5].map((seed) => samplePicture(4 + seed, 9 - seed, seed * 977));
    const files = await Promise.all(
      pictures.map(({ data, width, height }) => raw(data, width, height, 3).png().toBuffer()),
    );
    const expected: number[] = [];
    const dataset = pictureDataset(pictures.map((picture, index) => ({ name: `file ${index}`, picture })));
    for await (const { images, indices } of createLoader(dataset, {
      batchSize: 2,
      imageSize: 4,
      epochs: 2,
      seed: 3,
    })) {
      expected.push(...indices, ...images.data);
    }
    expect(expected).toHaveLength(4 * (2 + 96));
    const loaded = await call(
      'load',
      files.map((file) => file.toString('base64')),
    );
    expect(loaded).toEqual(expected);
  });
});
