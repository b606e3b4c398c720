import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { ArgumentError, FileFormatError } from '@softvq/core';

/** Every installed set of emoji, named as its npm package `@iconify-json/<set>`. */
export const emojiSets = ['noto', 'twemoji', 'fluent-emoji-flat'] as const;

export type EmojiSet = (typeof emojiSets)[number];

/** One parsed JSON file of a set's package, with its path for messages. */
export interface EmojiSetFile {
  readonly path: string;
  readonly content: JsonObject;
}

export type JsonObject = { readonly [key: string]: unknown };

const require = createRequire(import.meta.url);

/**
 * @throws ArgumentError if the set's package is not installed
 * @throws FileFormatError if the file is not a JSON object
 */
export async function readEmojiSetFile(set: EmojiSet, name: string): Promise<EmojiSetFile> {
  const path = resolveEmojiSetFile(set, name);
  try {
    return { path, content: asObject(JSON.parse(await readFile(path, 'utf8')), path, 'the file') };
  } catch (cause) {
    if (cause instanceof FileFormatError) throw cause;
    throw new FileFormatError(path, `cannot be read as JSON; reinstall @iconify-json/${set}`, { cause });
  }
}

function resolveEmojiSetFile(set: EmojiSet, name: string): string {
  try {
    return require.resolve(`@iconify-json/${set}/${name}`);
  } catch (cause) {
    throw new ArgumentError(
      `the emoji set '${set}' needs the package @iconify-json/${set}; install it with npm`,
      { cause },
    );
  }
}

/** The sets asked for, each once and in the order of `emojiSets`, so that results do not depend on the asking. */
export function checkEmojiSets(sets: readonly string[]): EmojiSet[] {
  const unknown = sets.find((set) => !emojiSets.some((known) => known === set));
  if (unknown !== undefined) {
    throw new ArgumentError(`'${unknown}' is not an emoji set; the sets are ${emojiSets.join(', ')}`);
  }
  return emojiSets.filter((set) => sets.includes(set));
}

export function asObject(value: unknown, path: string, what: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new FileFormatError(path, `${what} must be a JSON object`);
  }
  return value as JsonObject;
}

export function asString(value: unknown, path: string, what: string): string {
  if (typeof value !== 'string') throw new FileFormatError(path, `${what} must be a string`);
  return value;
}

export function asNumber(value: unknown, path: string, what: string): number {
  if (typeof value !== 'number') throw new FileFormatError(path, `${what} must be a number`);
  return value;
}
