import type { ChildProcess } from 'node:child_process';
import { ArgumentError, BackendError } from '@softvq/core';
import { beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  type EmojiEntry,
  type EmojiPicture,
  listEmoji,
  type RasteriseProgress,
  rasteriseEmoji,
} from '../../src/emoji/index.js';
import type { Picture } from '../../src/index.js';

/** Every process that the code under test has started. */
const started = vi.hoisted((): ChildProcess[] => []);

vi.mock('node:child_process', async (importOriginal) => {
  const original = await importOriginal<typeof import('node:child_process')>();
  const fork = (...values: Parameters<typeof original.fork>) => {
    const child = original.fork(...values);
    started.push(child);
    return child;
  };
  return { ...original, fork };
});

beforeEach(() => {
  started.length = 0;
});

function running(): number {
  return started.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null).length;
}

let entries: EmojiEntry[];
beforeAll(async () => {
  entries = await listEmoji();
});

/** Named as `set/name`, in this order. */
function choose(...names: string[]): EmojiEntry[] {
  return names.map((name) => entries.find((entry) => `${entry.set}/${entry.name}` === name)!);
}

function pixel({ width, data }: Picture, x: number, y: number): number[] {
  return [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
}

function isBlank({ data }: Picture): boolean {
  return data.every((byte) => byte === data[0]);
}

function namesOf(pictures: EmojiPicture[]): string[] {
  return pictures.map(({ entry }) => entry.name);
}

describe('rasteriseEmoji', () => {
  it('draws what the emoji shows, over white', async () => {
    const chosen = choose(
      'twemoji/red-circle',
      'twemoji/flag-france',
      'noto/grinning-face',
      'noto/green-heart',
    );
    const drawn = await rasteriseEmoji(chosen, { size: 64 });
    expect(drawn.map(({ entry }) => entry)).toEqual(chosen);
    for (const { picture } of drawn) {
      expect([picture.width, picture.height, picture.data.length]).toEqual([64, 64, 64 * 64 * 3]);
      expect(pixel(picture, 0, 0)).toEqual([255, 255, 255]);
    }
    const [circle, flag, face, heart] = drawn.map(({ picture }) => picture);
    expect(pixel(circle!, 32, 32)).toEqual([0xdd, 0x2e, 0x44]);
    const [flagBlue, flagWhite, flagRed] = [8, 32, 56].map((x) => pixel(flag!, x, 32));
    expect(flagBlue![2]! - flagBlue![0]!).toBeGreaterThan(80);
    expect(Math.min(...flagWhite!)).toBeGreaterThan(220);
    expect(flagRed![0]! - flagRed![2]!).toBeGreaterThan(80);
    const [faceRed, faceGreen, faceBlue] = pixel(face!, 32, 24);
    expect(Math.min(faceRed!, faceGreen!) - faceBlue!).toBeGreaterThan(80);
    const [heartRed, heartGreen, heartBlue] = pixel(heart!, 32, 32);
    expect(heartGreen! - Math.max(heartRed!, heartBlue!)).toBeGreaterThan(40);
  });

  it('draws every emoji there is, none of them blank, and tells how far it is', async () => {
    const skipped: string[] = [];
    const progress: RasteriseProgress[] = [];
    const drawn = await rasteriseEmoji(entries, {
      size: 16,
      workers: 2,
      onSkipped: (entry, reason) => skipped.push(`${entry.set}/${entry.name}: ${reason}`),
      onProgress: (now) => progress.push(now),
    });
    const total = entries.length;
    expect(progress.at(-1)).toEqual({ done: total, total });
    expect(progress.length).toBe(Math.ceil(total / 64));
    const done = progress.map((now) => now.done);
    expect(done).toEqual([...new Set(done)].sort((a, b) => a - b));
    expect(skipped).toEqual([]);
    expect(drawn.map(({ entry }) => entry)).toEqual(entries);
    expect(drawn.filter(({ picture }) => isBlank(picture)).map(({ entry }) => entry.name)).toEqual([]);
    const distinct = new Set(drawn.map(({ picture }) => Buffer.from(picture.data).toString('latin1')));
    expect(distinct.size).toBeGreaterThan(5000);
  });

  it('gives the same pictures with any number of workers', async () => {
    const chosen = entries.filter((_, index) => index % 40 === 0);
    const one = await rasteriseEmoji(chosen, { size: 24, workers: 1 });
    expect(started.length).toBe(1);
    expect(await rasteriseEmoji(chosen, { size: 24, workers: 2 })).toEqual(one);
    expect(started.length).toBe(3);
  });

  it('sets a drawing that is not square in the middle', async () => {
    const [wide] = await rasteriseEmoji(choose('twemoji/watermelon'), { size: 36, workers: 1 });
    const painted = Array.from({ length: 36 }, (_, y) => y).filter((y) =>
      wide!.picture.data.subarray(y * 108, (y + 1) * 108).some((byte) => byte < 200),
    );
    // 25.22 of 36 units high.
    expect(painted[0]).toBeGreaterThanOrEqual(5);
    expect(painted.at(-1)).toBeLessThanOrEqual(30);
    expect(painted.length).toBeGreaterThanOrEqual(24);
  });

  it('draws what is inside the frame of a drawing that reaches far outside', async () => {
    const [circle] = choose('twemoji/red-circle');
    const leftover = '<g opacity=".5"><path d="M-150 -90h20v20z"/><path d="M300 400h20v20z"/></g>';
    const messy = { ...circle!, name: 'messy', body: `${circle!.body}${leftover}` };
    const drawn = await rasteriseEmoji([circle!, messy], { size: 50, workers: 1 });
    expect(namesOf(drawn)).toEqual(['red-circle', 'messy']);
    const difference = drawn[0]!.picture.data.map((byte, index) =>
      Math.abs(byte - drawn[1]!.picture.data[index]!),
    );
    // On the larger canvas, rounding may move an edge by one of the sixteen sub-samples of a pixel.
    expect(Math.max(...difference)).toBeLessThan(20);
    expect(difference.reduce((sum, value) => sum + value) / difference.length).toBeLessThan(0.1);
  });

  it('skips what is no valid SVG, or reaches too far outside its frame for any canvas, by name', async () => {
    const [dog, cat, horse, cow] = choose('noto/dog', 'noto/cat', 'noto/horse', 'noto/cow');
    const invalid = { ...cat!, body: '<path d="M0 0' };
    const far = { ...horse!, body: '<path d="M0 0h10v10z"/><path d="M9000000 9000000h10v10z"/>' };
    const skipped: [EmojiEntry, string][] = [];
    const drawn = await rasteriseEmoji([invalid, dog!, far, cow!, dog!], {
      size: 16,
      workers: 1,
      onSkipped: (entry, reason) => skipped.push([entry, reason]),
    });
    expect(namesOf(drawn)).toEqual(['dog', 'cow', 'dog']);
    expect(drawn[2]).toEqual(drawn[0]);
    expect(drawn[1]!.picture).not.toEqual(drawn[0]!.picture);
    expect(skipped).toEqual([
      [invalid, expect.stringContaining('SVG data parsing failed')],
      [far, expect.stringContaining('so far outside its frame')],
    ]);
  });

  it('skips a drawing that makes the rasteriser crash, and draws all others of its batch', async () => {
    // At one pixel, this version of resvg aborts its process over the teacher.
    const chosen = choose('noto/dog', 'noto/cat', 'fluent-emoji-flat/teacher', 'noto/horse', 'noto/cow');
    const skipped: [string, string][] = [];
    const progress: RasteriseProgress[] = [];
    const drawn = await rasteriseEmoji(chosen, {
      size: 1,
      workers: 2,
      onSkipped: (entry, reason) => skipped.push([entry.name, reason]),
      onProgress: (now) => progress.push(now),
    });
    expect(namesOf(drawn)).toEqual(['dog', 'cat', 'horse', 'cow']);
    expect(skipped).toEqual([
      ['teacher', expect.stringMatching(/^the rasteriser crashed: SIGABRT, .*panicked/)],
    ]);
    expect(progress.at(-1)).toEqual({ done: 5, total: 5 });
    expect(running()).toBe(0);
  });

  it('stops at once when aborted, and ends its processes', async () => {
    const controller = new AbortController();
    const progress: RasteriseProgress[] = [];
    let whileDrawing = 0;
    const drawing = rasteriseEmoji(entries, {
      size: 64,
      workers: 2,
      signal: controller.signal,
      onProgress: (now) => {
        progress.push(now);
        whileDrawing = running();
        controller.abort(new Error('enough'));
      },
    });
    await expect(drawing).rejects.toThrow('enough');
    expect(whileDrawing).toBe(2);
    expect(running()).toBe(0);
    expect(progress).toHaveLength(1);
  });

  it('does not start when aborted before, nor go on when aborted while starting', async () => {
    const chosen = choose('noto/dog');
    const early = rasteriseEmoji(chosen, { size: 8, signal: AbortSignal.abort(new Error('never mind')) });
    await expect(early).rejects.toThrow('never mind');
    expect(started.length).toBe(0);

    const controller = new AbortController();
    const starting = rasteriseEmoji(chosen, { size: 8, workers: 1, signal: controller.signal });
    expect(running()).toBe(1);
    controller.abort(new Error('too late'));
    await expect(starting).rejects.toThrow('too late');
    expect(running()).toBe(0);
  });

  it('passes on what a callback throws, and ends its processes', async () => {
    const onProgress = () => {
      throw new Error('the display is gone');
    };
    const drawing = rasteriseEmoji(entries.slice(0, 300), { size: 8, workers: 2, onProgress });
    await expect(drawing).rejects.toThrow('the display is gone');
    expect(started.length).toBe(2);
    expect(running()).toBe(0);
  });

  it('says when no process can be started', async () => {
    const { execPath } = process;
    onTestFinished(() => {
      process.execPath = execPath;
    });
    process.execPath = '/no such program';
    const drawing = rasteriseEmoji(choose('noto/dog'), { size: 8 });
    await expect(drawing).rejects.toThrow(BackendError);
    await expect(drawing).rejects.toThrow(/a rasterising process cannot start: .*no such program ENOENT/);
  });

  it('draws nothing for no entries', async () => {
    expect(await rasteriseEmoji([], { size: 8 })).toEqual([]);
  });

  it('refuses sizes and numbers of workers that make no sense', async () => {
    for (const size of [0, 2.5, 5000, Number.NaN]) {
      await expect(rasteriseEmoji([], { size })).rejects.toThrow(ArgumentError);
      await expect(rasteriseEmoji([], { size })).rejects.toThrow(`size is ${size}; it must be`);
    }
    await expect(rasteriseEmoji([], { size: 8, workers: 0 })).rejects.toThrow('workers is 0; it must be');
  });
});
