import { FileFormatError } from '../errors.js';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/**
 * Parses the JSON object in a file, more strictly than `JSON.parse`: invalid UTF-8 and a key that occurs twice
 * in one object are errors, because two readers could understand such a file differently.
 *
 * @param file names the file in messages, `what` the part of it.
 */
export function parseJsonObject(bytes: Uint8Array, file: string, what: string): JsonObject {
  const text = decodeUtf8(bytes, file, what);
  let value: Json;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new FileFormatError(file, `${what} is not valid JSON: ${messageOf(error)}`, { cause: error });
  }
  if (!isJsonObject(value)) throw new FileFormatError(file, `${what} is not a JSON object`);
  const duplicate = findDuplicateKey(text);
  if (duplicate !== undefined) {
    throw new FileFormatError(
      file,
      `${what} names ${JSON.stringify(duplicate)} twice; every name must be unique`,
    );
  }
  return value;
}

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value for a message: itself when it is short, otherwise what it is. */
export function describeJson(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  if (isJsonObject(value)) return 'an object';
  if (!Array.isArray(value)) return JSON.stringify(value).slice(0, 80);
  const isShort = value.length <= 16 && value.every((item) => typeof item === 'number');
  return isShort ? `[${value.join(', ')}]` : `a list of ${value.length}`;
}

function decodeUtf8(bytes: Uint8Array, file: string, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new FileFormatError(file, `${what} is not valid UTF-8`, { cause: error });
  }
}

/** The first key that an object of this JSON text has twice. The text is known to be valid. */
function findDuplicateKey(text: string): string | undefined {
  // The keys of every object that is open, innermost last; nothing for an array.
  const open: (Set<string> | undefined)[] = [];
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (character === '{') open.push(new Set());
    else if (character === '[') open.push(undefined);
    else if (character === '}' || character === ']') open.pop();
    else if (character === '"') {
      const start = index++;
      while (text[index] !== '"') index += text[index] === '\\' ? 2 : 1;
      const literal = text.slice(start, index + 1);
      while (/\s/.test(text[index + 1] ?? '')) index++;
      if (text[index + 1] !== ':') continue;
      const key: string = JSON.parse(literal);
      const keys = open.at(-1)!;
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
