import { FileFormatError } from '@softvq/core';
import { categoryOf, type EmojiCategory } from './emoji-categories.js';
import { conceptOf, hasSkinTone } from './emoji-concept.js';
import { emojiLicences } from './emoji-licences.js';
import {
  asNumber,
  asObject,
  asString,
  checkEmojiSets,
  type EmojiSet,
  emojiSets,
  readEmojiSetFile,
} from './emoji-sets.js';

/** One drawing of one emoji. */
export interface EmojiEntry {
  readonly set: EmojiSet;
  /** As its set names it, unique within the set: `man-cook`. */
  readonly name: string;
  /** Hexadecimal, joined by `-`, without variation selectors: `1f468-200d-1f373`. */
  readonly codePoints: string;
  /** What is drawn: the code points without gender and direction, the same in every set. */
  readonly concept: string;
  readonly category: EmojiCategory;
  /** An SPDX identifier. */
  readonly license: string;
  /** The title of the set, for attribution. */
  readonly title: string;
  readonly author: string;
  /** The size of the drawing in the units of `body`. */
  readonly width: number;
  readonly height: number;
  /** What stands inside the `<svg>` element. */
  readonly body: string;
}

export interface ListEmojiOptions {
  /** Default: all. */
  readonly sets?: readonly EmojiSet[] | undefined;
}

/**
 * The distinct emoji of the installed sets, ordered by set and name.
 *
 * Left out are: the five skin tones beside the default yellow one (more than half of all drawings, and nearly
 * alike), aliases, hidden drawings of earlier releases, and drawings that equal another one of the same set to
 * the letter, such as the flags of territories that fly the flag of their state.
 *
 * @throws ArgumentError for an unknown set or one that is not installed
 * @throws FileFormatError for a package whose files are damaged or not understood
 */
export async function listEmoji(options: ListEmojiOptions = {}): Promise<EmojiEntry[]> {
  const entries: EmojiEntry[] = [];
  // One after another: a parsed set takes tens of megabytes until its few thousand drawings are picked out.
  for (const set of checkEmojiSets(options.sets ?? emojiSets)) entries.push(...(await listSet(set)));
  return entries;
}

async function listSet(set: EmojiSet): Promise<EmojiEntry[]> {
  const [attribution] = await emojiLicences([set]);
  const { license, title, author } = attribution!;
  const titles = await categoryTitles(set);
  const codePointsOfName = await namedCodePoints(set);
  const { path, content } = await readEmojiSetFile(set, 'icons.json');
  const icons = asObject(content['icons'], path, 'icons');

  const entryOfBody = new Map<string, EmojiEntry>();
  for (const name of [...titles.keys()].sort(shortestFirst)) {
    const codePoints = codePointsOfName.get(name);
    if (codePoints === undefined)
      throw new FileFormatError(path, `chars.json has no code points for ${name}`);
    if (hasSkinTone(codePoints)) continue;
    const icon = asObject(icons[name], path, `icons.${name}`);
    const body = asString(icon['body'], path, `icons.${name}.body`);
    if (entryOfBody.has(body)) continue;
    const category = categoryOf(titles.get(name)!, codePoints);
    if (category === undefined) {
      throw new FileFormatError(path, `${name} is of the unknown category '${titles.get(name)}'`);
    }
    entryOfBody.set(body, {
      set,
      name,
      codePoints,
      concept: conceptOf(codePoints),
      category,
      license,
      title,
      author,
      width: asNumber(icon['width'] ?? content['width'], path, `the width of ${name}`),
      height: asNumber(icon['height'] ?? content['height'], path, `the height of ${name}`),
      body,
    });
  }
  return [...entryOfBody.values()].sort((a, b) => compare(a.name, b.name));
}

/** The title of the category of every drawing that counts; aliases and hidden drawings have none. */
async function categoryTitles(set: EmojiSet): Promise<Map<string, string>> {
  const { path, content } = await readEmojiSetFile(set, 'metadata.json');
  const categories = asObject(content['categories'], path, 'categories');
  const titles = new Map<string, string>();
  for (const [title, names] of Object.entries(categories)) {
    if (!Array.isArray(names)) throw new FileFormatError(path, `categories.${title} must be an array`);
    for (const name of names) titles.set(asString(name, path, `a name in categories.${title}`), title);
  }
  return titles;
}

async function namedCodePoints(set: EmojiSet): Promise<Map<string, string>> {
  const { path, content } = await readEmojiSetFile(set, 'chars.json');
  return new Map(
    Object.entries(content).map(([codePoints, name]) => [asString(name, path, codePoints), codePoints]),
  );
}

/** Among equal drawings the shortest name stays: `astronaut` rather than `man-astronaut`. */
function shortestFirst(a: string, b: string): number {
  return a.length - b.length || compare(a, b);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
