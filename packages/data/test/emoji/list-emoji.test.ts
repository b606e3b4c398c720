import { createRequire } from 'node:module';
import { ArgumentError } from '@softvq/core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type EmojiEntry,
  type EmojiSet,
  emojiLicences,
  emojiSets,
  listEmoji,
} from '../../src/emoji/index.js';

const require = createRequire(import.meta.url);

let entries: EmojiEntry[];
beforeAll(async () => {
  entries = await listEmoji();
});

function find(set: EmojiSet, name: string): EmojiEntry | undefined {
  return entries.find((entry) => entry.set === set && entry.name === name);
}

describe('listEmoji', () => {
  it('lists thousands of emoji from every set, in a settled order and no name twice', () => {
    for (const set of emojiSets) {
      const names = entries.filter((entry) => entry.set === set).map(({ name }) => name);
      expect(names.length).toBeGreaterThan(1500);
      expect(names).toEqual([...new Set(names)].sort());
    }
    expect(entries.map(({ set }) => emojiSets.indexOf(set))).toEqual(
      entries.map(({ set }) => emojiSets.indexOf(set)).sort(),
    );
  });

  it('knows the grinning face', () => {
    expect(find('noto', 'grinning-face')).toMatchObject({
      codePoints: '1f600',
      concept: '1f600',
      category: 'smileys-and-emotion',
      license: 'Apache-2.0',
      title: 'Noto Emoji',
      author: 'Google Inc',
      width: 128,
      height: 128,
    });
    expect(find('twemoji', 'grinning-face')).toMatchObject({ license: 'CC-BY-4.0', width: 36, height: 36 });
    expect(find('fluent-emoji-flat', 'grinning-face')).toMatchObject({ license: 'MIT', width: 32 });
    expect(find('twemoji', 'watermelon')).toMatchObject({ width: 36, height: 25.22 });
    for (const { body } of entries) expect(body.startsWith('<')).toBe(true);
  });

  it('takes the default skin tone only', () => {
    expect(find('noto', 'waving-hand')).toBeDefined();
    const toned = entries.filter(({ codePoints }) => /1f3f[b-f]/.test(codePoints));
    expect(toned).toEqual([]);
    const people = entries.filter(({ category }) => category === 'people-and-body').length;
    expect(people / entries.length).toBeLessThan(0.25);
    // What was left out is there in the packages.
    const { categories } = require('@iconify-json/noto/metadata.json') as {
      categories: Record<string, string[]>;
    };
    expect(categories['People & Body']).toContain('waving-hand-dark-skin-tone');
  });

  it('takes no aliases and no hidden drawings', () => {
    for (const set of emojiSets) {
      const { icons, aliases } = require(`@iconify-json/${set}/icons.json`) as {
        icons: Record<string, { hidden?: boolean }>;
        aliases: Record<string, unknown>;
      };
      const listed = entries.filter((entry) => entry.set === set);
      expect(
        Object.keys(aliases).length + Object.values(icons).filter(({ hidden }) => hidden).length,
      ).not.toBe(0);
      expect(listed.filter(({ name }) => name in aliases || icons[name]?.hidden)).toEqual([]);
    }
  });

  it('takes one of several equal drawings, the one with the plainest name', () => {
    for (const set of emojiSets) {
      const bodies = entries.filter((entry) => entry.set === set).map(({ body }) => body);
      expect(new Set(bodies).size).toBe(bodies.length);
    }
    expect(find('twemoji', 'flag-norway')).toBeDefined();
    expect(find('twemoji', 'flag-svalbard-and-jan-mayen')).toBeUndefined();
    expect(find('noto', 'astronaut')).toBeDefined();
    expect(find('noto', 'man-astronaut')).toBeUndefined();
  });

  it('gives one concept one category in every set', () => {
    const categoriesOf = new Map<string, Set<string>>();
    for (const { concept, category } of entries) {
      categoriesOf.set(concept, (categoriesOf.get(concept) ?? new Set()).add(category));
    }
    expect([...categoriesOf].filter(([, categories]) => categories.size > 1)).toEqual([]);
    expect(new Set(entries.map(({ category }) => category)).size).toBe(9);
    expect(find('fluent-emoji-flat', 'crab')?.category).toBe('animals-and-nature');
  });

  it('knows one concept under the names and genders it has in different sets', () => {
    const conceptOf = (set: EmojiSet, name: string) => {
      const entry = find(set, name);
      expect(entry, `${set}/${name}`).toBeDefined();
      return entry?.concept;
    };
    const same: [EmojiSet, string][][] = [
      [
        ['noto', 'merman'],
        ['noto', 'mermaid'],
        ['fluent-emoji-flat', 'person-merpeople'],
      ],
      [
        ['noto', 'man-cook'],
        ['twemoji', 'woman-cook'],
        ['fluent-emoji-flat', 'cook'],
      ],
      [
        ['noto', 'man-walking'],
        ['noto', 'woman-walking-facing-right'],
        ['twemoji', 'person-walking'],
      ],
      [
        ['noto', 'boy'],
        ['twemoji', 'girl'],
        ['fluent-emoji-flat', 'child'],
      ],
      [
        ['noto', 'women-holding-hands'],
        ['twemoji', 'people-holding-hands'],
      ],
      [
        ['noto', 'family'],
        ['noto', 'family-man-woman-boy'],
      ],
      [
        ['noto', 'keycap-pound'],
        ['fluent-emoji-flat', 'keycap-hashtag'],
      ],
    ];
    for (const group of same) {
      expect(new Set(group.map(([set, name]) => conceptOf(set, name))).size, group.join(' ')).toBe(1);
    }
    const different = [
      'man-cook',
      'man-walking',
      'boy',
      'man',
      'bald',
      'red-heart',
      'blue-heart',
      'female-sign',
    ];
    const concepts = different.flatMap((name) => find('noto', name)?.concept ?? []);
    expect(concepts.length).toBeGreaterThan(6);
    expect(new Set(concepts).size).toBe(concepts.length);
  });

  it('lists chosen sets, in its own order and each once', async () => {
    const chosen = await listEmoji({ sets: ['fluent-emoji-flat', 'twemoji', 'twemoji'] });
    expect(chosen).toEqual(entries.filter(({ set }) => set !== 'noto'));
    expect(await listEmoji({ sets: [] })).toEqual([]);
  });

  it('refuses a set it does not have', async () => {
    const sets = ['noto', 'openmoji'] as EmojiSet[];
    await expect(listEmoji({ sets })).rejects.toThrow(ArgumentError);
    await expect(listEmoji({ sets })).rejects.toThrow(
      "'openmoji' is not an emoji set; the sets are noto, twemoji, fluent-emoji-flat",
    );
  });
});

describe('emojiLicences', () => {
  it('gives what a licence file has to say about every set', async () => {
    const licences = await emojiLicences();
    expect(licences.map(({ set, license }) => [set, license])).toEqual([
      ['noto', 'Apache-2.0'],
      ['twemoji', 'CC-BY-4.0'],
      ['fluent-emoji-flat', 'MIT'],
    ]);
    for (const { set, title, author, authorUrl, license, licenseUrl, source, notice } of licences) {
      expect(authorUrl).toMatch(/^https:/);
      expect(licenseUrl).toMatch(/^https:/);
      expect(source).toMatch(new RegExp(`^@iconify-json/${set}@\\d+\\.\\d+\\.\\d+$`));
      for (const part of [title, author, authorUrl, license, licenseUrl, source])
        expect(notice).toContain(part);
    }
  });

  it('covers every entry that is listed', async () => {
    const licences = new Map((await emojiLicences()).map((licence) => [licence.set, licence]));
    for (const { set, license, title, author } of entries) {
      expect(licences.get(set)).toMatchObject({ license, title, author });
    }
  });

  it('can be asked for some sets, and only for sets there are', async () => {
    expect((await emojiLicences(['twemoji'])).map(({ title }) => title)).toEqual(['Twitter Emoji']);
    await expect(emojiLicences(['apple' as EmojiSet])).rejects.toThrow("'apple' is not an emoji set");
  });
});
