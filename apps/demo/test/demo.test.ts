import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emojiClasses } from '@softvq/data/emoji';
import { readPicture } from '@softvq/data/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readOptions } from '../src/options.js';
import { runDemo } from './run-demo.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'softvq-demo-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('the demo', () => {
  it('draws a row for each class with the shipped SiT, and reconstructs emoji it was not trained on', async () => {
    const output = join(folder, 'drawn');
    const args = ['--classes', 'bird,flag,3', '--count', '2', '--seed', '4', '--output', output];
    const { exitCode, output: printed } = await runDemo(args);
    expect({ exitCode, printed }).toMatchObject({ exitCode: 0 });
    expect((await readdir(output)).sort()).toEqual(['reconstructions.png', 'samples.json', 'samples.png']);

    const samples = await readPicture(join(output, 'samples.png'));
    expect(samples.height).toBe(3 * 64 + 2 * 4);
    const left = samples.width - (2 * 64 + 4);
    // A name left of every row, and something in every picture.
    for (let row = 0; row < 3; row++) {
      for (const [from, to] of [
        [0, left],
        [left, left + 64],
        [left + 68, left + 132],
      ] as const) {
        expect(darkest(samples, { from, to, top: row * 68, bottom: row * 68 + 64 })).toBeLessThan(200);
      }
    }
    expect(JSON.parse(await readFile(join(output, 'samples.json'), 'utf8'))).toMatchObject({
      generator: 'SiT',
      seed: 4,
      rows: [
        { class: 4, name: 'bird', pictures: 2 },
        { name: 'flag', pictures: 2 },
        { class: 3, name: 'athlete', pictures: 2 },
      ],
    });
    const reconstructions = await readPicture(join(output, 'reconstructions.png'));
    expect([reconstructions.width, reconstructions.height]).toEqual([12 * 68 - 4, 6 * 68 - 4]);
    // A tokenizer with initial weights is below 10 dB.
    expect(Number(/PSNR ([\d.]+) dB/.exec(printed)?.[1])).toBeGreaterThan(17);
  });

  it('ends with 130 when it is interrupted, and leaves nothing half-written', async () => {
    const output = join(folder, 'interrupted');
    const ended = await runDemo(['--output', output, '--count', '2'], 'Drawing');
    expect(ended.exitCode).toBe(130);
    expect(ended.output).toContain('Interrupted');
    expect(await readdir(output)).toEqual([]);
  });

  it('tells a class that is not there, and which may be meant', async () => {
    const ended = await runDemo(['--output', join(folder, 'brid'), '--classes', 'bird,brid']);
    expect(ended).toMatchObject({ exitCode: 1 });
    expect(ended.output).toContain('there is no class "brid"; did you mean "bird"?');
  });

  it('explains its flags', async () => {
    const { exitCode, output } = await runDemo(['--help']);
    expect(exitCode).toBe(0);
    for (const flag of ['classes', 'count', 'seed', 'output', 'device'])
      expect(output).toContain(`--${flag} <`);
  });

  it('ends with 1 for a flag that is none', async () => {
    const ended = await runDemo(['--cuont', '3']);
    expect(ended.output).toContain("Unknown option '--cuont'");
    expect(ended.exitCode).toBe(1);
  });
});

describe('flags', () => {
  it.each<[string[], RegExp]>([
    [['--count', 'many'], /--count must be a whole number from 1, not "many"/],
    [['--count', ''], /--count must be a whole number/],
    [['--seed', '0.5'], /--seed must be a whole number from 0, not "0.5"/],
    [['--classes', 'bird,'], /--classes are names between commas/],
    [['--device', 'gpu'], /--device must be one of auto, cpu, .*, not "gpu"/],
    [['bird'], /does not take positional arguments/],
  ])('%j are refused', (args, message) => {
    expect(() => readOptions(args)).toThrow(message);
  });

  it('have defaults', () => {
    const options = readOptions([])!;
    expect(options).toMatchObject({ count: 6, seed: 0, device: 'cpu' });
    for (const name of options.classes) expect(emojiClasses).toContain(name);
  });
});

/** The least of all three channels, so that pure colours count as well. */
function darkest(
  { width, data }: { readonly width: number; readonly data: Uint8Array },
  { from, to, top, bottom }: { from: number; to: number; top: number; bottom: number },
): number {
  let least = 255;
  for (let y = top; y < bottom; y++) {
    const row = data.subarray((y * width + from) * 3, (y * width + to) * 3);
    for (const value of row) least = Math.min(least, value);
  }
  return least;
}
