import { ArgumentError } from '@softvq/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type EmojiEntry, listEmoji, splitEmoji } from '../../src/emoji/index.js';

let entries: EmojiEntry[];
beforeAll(async () => {
  entries = await listEmoji();
});

describe('splitEmoji', () => {
  it('parts the entries without loss and in their order', () => {
    const { training, heldOut } = splitEmoji(entries, { heldOut: 0.2, seed: 3 });
    expect(training.length + heldOut.length).toBe(entries.length);
    const held = new Set(heldOut);
    expect(entries.filter((entry) => held.has(entry))).toEqual(heldOut);
    expect(entries.filter((entry) => !held.has(entry))).toEqual(training);
  });

  it('never has a concept, or a name, on both sides', () => {
    for (const seed of [0, 1, 2, 3, 4]) {
      const { training, heldOut } = splitEmoji(entries, { heldOut: 0.5, seed });
      const concepts = new Set(training.map(({ concept }) => concept));
      const names = new Set(training.map(({ name }) => name));
      expect(heldOut.filter(({ concept, name }) => concepts.has(concept) || names.has(name))).toEqual([]);
    }
  });

  it('holds out about the share that is asked for, in every category', () => {
    for (const share of [0.1, 0.5]) {
      const { heldOut } = splitEmoji(entries, { heldOut: share, seed: 1 });
      expect(Math.abs(heldOut.length / entries.length - share)).toBeLessThan(0.05);
      for (const category of new Set(entries.map((entry) => entry.category))) {
        expect(heldOut.filter((entry) => entry.category === category).length).toBeGreaterThan(0);
      }
    }
    expect(splitEmoji(entries, { heldOut: 0, seed: 1 }).heldOut).toEqual([]);
    expect(splitEmoji(entries, { heldOut: 1, seed: 1 }).training).toEqual([]);
  });

  it('is settled by the seed, and for a concept by nothing else', () => {
    const options = { heldOut: 0.3, seed: 11 };
    const split = splitEmoji(entries, options);
    expect(splitEmoji(entries, options)).toEqual(split);
    expect(splitEmoji(entries, { ...options, seed: 12 })).not.toEqual(split);

    const some = entries.filter((_, index) => index % 3 === 0).reverse();
    const held = new Set(split.heldOut);
    expect(splitEmoji(some, options).heldOut).toEqual(some.filter((entry) => held.has(entry)));
  });

  it('stays what it was when it was first published', () => {
    const names = [
      'grinning-face',
      'dog',
      'cat',
      'pizza',
      'rocket',
      'red-heart',
      'umbrella',
      'guitar',
      'key',
      'rose',
    ];
    const some = entries.filter(({ set, name }) => set === 'noto' && names.includes(name));
    expect(splitEmoji(some, { heldOut: 0.5, seed: 0 }).heldOut.map(({ name }) => name)).toEqual([
      'cat',
      'grinning-face',
      'key',
      'red-heart',
    ]);
  });

  it('holds out more of the same when the share grows', () => {
    const few = splitEmoji(entries, { heldOut: 0.1, seed: 5 }).heldOut;
    const many = new Set(splitEmoji(entries, { heldOut: 0.2, seed: 5 }).heldOut);
    expect(few.filter((entry) => !many.has(entry))).toEqual([]);
  });

  it('refuses shares and seeds that make no sense', () => {
    for (const heldOut of [-0.1, 1.1, Number.NaN]) {
      expect(() => splitEmoji(entries, { heldOut, seed: 0 })).toThrow(ArgumentError);
      expect(() => splitEmoji(entries, { heldOut, seed: 0 })).toThrow(`heldOut is ${heldOut}`);
    }
    expect(() => splitEmoji(entries, { heldOut: 0.1, seed: 1.5 })).toThrow('seed is 1.5');
  });
});
