import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ArgumentError } from '@softvq/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { planEmojiDataset } from '../../src/emoji/dataset/plan-emoji-dataset.js';
import {
  buildEmojiDataset,
  type EmojiEntry,
  emojiClasses,
  emojiClassOf,
  listEmoji,
} from '../../src/emoji/index.js';
import { openDataset, readPicture } from '../../src/node/index.js';
import { temporaryFolder } from '../temporary-folder.js';

let entries: EmojiEntry[];
beforeAll(async () => {
  entries = await listEmoji();
});

describe('emojiClassOf', () => {
  it('knows nearly every emoji, and every class has enough', () => {
    const unclassified = entries.filter(({ concept }) => emojiClassOf(concept) === undefined);
    expect(unclassified.map(({ name }) => name).sort()).toEqual([
      'keycap',
      'net-with-handle',
      'shibuya-109-department-store',
      'unknown-flag',
    ]);
    for (const name of emojiClasses) {
      expect(entries.filter(({ concept }) => emojiClassOf(concept) === name).length, name).toBeGreaterThan(
        25,
      );
    }
  });

  it('goes by what is shown, in every set alike', () => {
    const labelled = (name: string) =>
      new Set(entries.filter((entry) => entry.name === name).map(({ concept }) => emojiClassOf(concept)));
    for (const [name, label] of [
      ['owl', 'bird'],
      ['grinning-face', 'smiling-face'],
      ['flag-france', 'flag'],
      ['flag-scotland', 'flag'],
      ['keycap-7', 'letter-or-digit'],
      ['astronaut', 'worker'],
      ['woman-astronaut', 'worker'],
      ['pizza', 'meal'],
    ] as const) {
      expect(labelled(name), name).toEqual(new Set([label]));
    }
  });
});

describe('planEmojiDataset', () => {
  it('holds out the same share of concepts of every class, and no concept on both sides', () => {
    for (const heldOut of [0.01, 0.1, 0.5, 0.99]) {
      const plan = planEmojiDataset(entries, { heldOut, seed: 1 });
      const sides = new Map<string, Set<string>>();
      for (const { entry, split } of plan) {
        sides.set(entry.concept, (sides.get(entry.concept) ?? new Set()).add(split));
      }
      expect([...sides.values()].every((split) => split.size === 1)).toBe(true);
      for (const name of emojiClasses) {
        const concepts = new Map(
          plan.flatMap(({ entry, label, split }) => (label === name ? [[entry.concept, split]] : [])),
        );
        const held = [...concepts.values()].filter((split) => split === 'held-out').length;
        const expected = Math.min(Math.max(Math.round(heldOut * concepts.size), 1), concepts.size - 1);
        expect(held, `${name}, ${heldOut}`).toBe(expected);
      }
    }
    expect(planEmojiDataset(entries, { heldOut: 0, seed: 1 }).every(({ split }) => split === 'train')).toBe(
      true,
    );
  });

  it('is settled by the seed and names every file once', () => {
    const plan = planEmojiDataset(entries, { heldOut: 0.1, seed: 1 });
    expect(planEmojiDataset(entries.toReversed(), { heldOut: 0.1, seed: 1 })).toEqual(plan);
    expect(planEmojiDataset(entries, { heldOut: 0.1, seed: 2 })).not.toEqual(plan);
    expect(new Set(plan.map(({ path }) => path.toLowerCase())).size).toBe(plan.length);
  });
});

describe('buildEmojiDataset', () => {
  const options = { size: 8, sets: ['twemoji'], heldOut: 0.2, seed: 5 } as const;

  it('makes a data set that can be loaded, goes on when interrupted, and keeps what is complete', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, '.DS_Store'), 'what a file manager leaves');
    const controller = new AbortController();
    const interrupted = buildEmojiDataset(folder, {
      ...options,
      signal: controller.signal,
      onProgress: ({ done }) => done === 100 && controller.abort(new Error('interrupted')),
    });
    await expect(interrupted).rejects.toThrow('interrupted');
    expect((await readdir(folder)).sort()).toEqual([
      '.DS_Store',
      'dataset.unfinished.json',
      'held-out',
      'train',
    ]);
    await expect(buildEmojiDataset(folder, { ...options, size: 9 })).rejects.toThrow(
      'size is 8 there and 9 here',
    );

    const progress: number[] = [];
    const description = await buildEmojiDataset(folder, {
      ...options,
      onProgress: ({ done }) => progress.push(done),
    });
    const total = description.pictures.train + description.pictures['held-out'];
    expect(progress[0]).toBeGreaterThanOrEqual(100);
    expect(progress.at(-1)).toBe(total);
    expect((await readdir(folder)).sort()).toEqual([
      '.DS_Store',
      'LICENSE.md',
      'dataset.json',
      'held-out',
      'split.jsonl',
      'train',
    ]);
    expect(JSON.parse(await readFile(join(folder, 'dataset.json'), 'utf8'))).toEqual(description);

    for (const split of ['train', 'held-out'] as const) {
      const dataset = await openDataset(join(folder, split));
      expect(dataset.length).toBe(description.pictures[split]);
      expect(dataset.classes).toEqual(description.classes.map(({ name }) => name));
      for (const [label, counts] of description.classes.entries()) {
        expect(dataset.labels.filter((each) => each === label).length, counts.name).toBe(counts[split]);
      }
      const { width, height, data } = await readPicture(dataset.nameOf(3));
      expect([width, height]).toEqual([8, 8]);
      expect(new Set(data).size).toBeGreaterThan(3);
    }
    const lines = (await readFile(join(folder, 'split.jsonl'), 'utf8')).trim().split('\n');
    expect(lines).toHaveLength(total);
    const owl = lines.map((line) => JSON.parse(line)).find(({ name }) => name === 'owl');
    expect(owl).toMatchObject({ label: 'bird', set: 'twemoji', license: 'CC-BY-4.0', codePoints: '1f989' });
    expect((await stat(join(folder, owl.path))).size).toBeGreaterThan(50);
    const licence = await readFile(join(folder, 'LICENSE.md'), 'utf8');
    for (const part of [
      'Twitter',
      'CC-BY-4.0',
      'https://creativecommons.org/licenses/by/4.0/',
      'rasterised over white',
    ]) {
      expect(licence).toContain(part);
    }

    await rm(join(folder, owl.path));
    expect(await buildEmojiDataset(folder, options)).toEqual(description);
    await expect(stat(join(folder, owl.path))).rejects.toThrow('ENOENT');
    await expect(buildEmojiDataset(folder, { ...options, seed: 6 })).rejects.toThrow(
      'seed is 5 there and 6 here',
    );
  });

  it('refuses folders of other things and options out of their range', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'thesis.docx'), '');
    await expect(buildEmojiDataset(folder, options)).rejects.toThrow(
      'holds other files, such as thesis.docx',
    );
    await expect(buildEmojiDataset(join(folder, 'thesis.docx'), options)).rejects.toThrow(ArgumentError);
    const damaged = join(folder, 'damaged');
    await mkdir(damaged);
    await writeFile(join(damaged, 'dataset.json'), '{');
    await expect(buildEmojiDataset(damaged, options)).rejects.toThrow('dataset.json cannot be understood');
    const empty = join(folder, 'empty');
    await expect(buildEmojiDataset(empty, { ...options, size: 7 })).rejects.toThrow('size is 7');
    await expect(buildEmojiDataset(empty, { ...options, heldOut: 1 })).rejects.toThrow('heldOut is 1');
    await expect(buildEmojiDataset(empty, { ...options, seed: 0.5 })).rejects.toThrow('seed is 0.5');
    await expect(
      buildEmojiDataset(empty, { ...options, signal: AbortSignal.abort(new Error('no more')) }),
    ).rejects.toThrow('no more');
    expect(await readdir(folder)).not.toContain('empty');
  });
});
