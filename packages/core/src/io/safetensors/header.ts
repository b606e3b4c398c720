import { FileFormatError } from '../../errors.js';
import { bytesPerFileElement, type FileElementType } from '../file-elements.js';
import { describeJson, isJsonObject, type Json, parseJsonObject } from '../json.js';
import { typeOfCode } from './element-codes.js';

/** One tensor as the header describes it. */
export interface HeaderEntry {
  readonly name: string;
  readonly type: FileElementType;
  readonly shape: readonly number[];
  /** Bytes from the end of the header. */
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  readonly metadata: Readonly<Record<string, string>>;
  /** In the order of the header. */
  readonly entries: readonly HeaderEntry[];
}

/**
 * Parses and validates a header.
 *
 * @param json the header without its length.
 * @param dataSize how many bytes of the file follow the header; the tensors must fill them exactly.
 * @throws FileFormatError naming the file, the tensor and what would be right.
 */
export function parseHeader(json: Uint8Array, dataSize: number, file: string): Header {
  const fields = parseJsonObject(json, file, 'the header');
  const metadata = parseMetadata(fields['__metadata__'], file);
  const entries = Object.entries(fields)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, description]) => parseEntry(name, description, file));
  checkLayout(entries, dataSize, file);
  return { metadata, entries };
}

function parseMetadata(value: Json | undefined, file: string): Record<string, string> {
  const metadata: Record<string, string> = Object.create(null);
  if (value === undefined) return metadata;
  if (!isJsonObject(value)) throw new FileFormatError(file, '__metadata__ must be an object of strings');
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') {
      throw new FileFormatError(
        file,
        `__metadata__ ${JSON.stringify(key)} must be a string, not ${typeof text}`,
      );
    }
    metadata[key] = text;
  }
  return metadata;
}

function parseEntry(name: string, value: Json, file: string): HeaderEntry {
  const fail = (message: string): never => {
    throw new FileFormatError(file, `tensor ${JSON.stringify(name)}: ${message}`);
  };
  if (!isJsonObject(value))
    return fail('its description must be an object with dtype, shape and data_offsets');
  const { dtype: code, shape, data_offsets: offsets } = value;
  const type = typeof code === 'string' ? typeOfCode.get(code) : undefined;
  if (type === undefined) {
    return fail(`dtype ${describeJson(code)} is not one of ${[...typeOfCode.keys()].join(', ')}`);
  }
  if (!isSizes(shape)) {
    return fail(`shape must be a list of integers from 0, not ${describeJson(shape)}`);
  }
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!) {
    return fail(`data_offsets must be [begin, end] with begin <= end, not ${describeJson(offsets)}`);
  }
  const [begin, end] = offsets as [number, number];
  const needed = shape.reduce((product, size) => product * size, bytesPerFileElement(type));
  if (needed !== end - begin) {
    return fail(
      `${code} [${shape.join(', ')}] takes ${needed} bytes, but data_offsets [${begin}, ${end}] hold ${end - begin}`,
    );
  }
  return { name, type, shape, begin, end };
}

/** The tensors must cover the data from its first to its last byte, each byte once. */
function checkLayout(entries: readonly HeaderEntry[], dataSize: number, file: string): void {
  let covered = 0;
  for (const { name, begin, end } of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== covered) {
      const fault = begin < covered ? 'overlaps the tensor before it' : 'leaves a hole before it';
      throw new FileFormatError(
        file,
        `tensor ${JSON.stringify(name)} begins at byte ${begin} of the data and ${fault}; it must begin at ${covered}`,
      );
    }
    if (end > dataSize) {
      throw new FileFormatError(
        file,
        `tensor ${JSON.stringify(name)} ends at byte ${end} of the data, of which the file has ${dataSize}: it is truncated`,
      );
    }
    covered = end;
  }
  if (covered !== dataSize) {
    throw new FileFormatError(
      file,
      `${dataSize - covered} bytes follow the last tensor; the file must end with it`,
    );
  }
}

function isSizes(value: Json | undefined): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
