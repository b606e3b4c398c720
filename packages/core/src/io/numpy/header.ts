import { FileFormatError } from '../../errors.js';
import { bytesPerFileElement } from '../file-elements.js';
import { latin1Text } from '../pickle/cursor.js';
import { type ElementDescriptor, parseDescriptor, supportedDescriptors } from './element-descriptor.js';

/** The start of a .npy file is never longer than this. */
export const longestStart = 2 ** 16;

export interface NpyHeader extends ElementDescriptor {
  readonly shape: readonly number[];
  readonly columnMajor: boolean;
  /** Where the elements begin. */
  readonly dataStart: number;
}

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/**
 * Parses the header of a .npy file, versions 1 to 3.
 *
 * @param start the first bytes of the file: all of them, or `longestStart`.
 * @param size of the file; the elements must fill the rest of it exactly.
 * @param what the file or the member of an archive, for messages.
 */
export function parseNpyHeader(start: Uint8Array, size: number, file: string, what: string): NpyHeader {
  const fail = (message: string) => new FileFormatError(file, `${what} ${message}`);
  if (!magic.every((byte, index) => start[index] === byte)) throw fail('does not begin as a .npy file');
  const version = start[6] ?? 0;
  if (version < 1 || version > 3) throw fail(`has .npy version ${version}; 1 to 3 are known`);
  const textStart = version === 1 ? 10 : 12;
  if (start.length < textStart) throw fail('is truncated in its header');
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  const dataStart = textStart + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (dataStart > size)
    throw fail(`has a header up to byte ${dataStart}, but ${size} bytes: it is truncated`);
  if (dataStart > longestStart)
    throw fail(`has a header of ${dataStart} bytes; ${longestStart} are the most`);

  const fields = parseDictionary(latin1Text(start.subarray(textStart, dataStart)));
  const { descr, fortran_order: columnMajor, shape } = fields ?? {};
  if (typeof columnMajor !== 'boolean' || !Array.isArray(shape) || descr === undefined) {
    throw fail('has a header that is not a dictionary of descr, fortran_order and shape');
  }
  const descriptor = typeof descr === 'string' ? parseDescriptor(descr) : undefined;
  if (descriptor === undefined) {
    throw fail(
      `holds elements of type ${JSON.stringify(descr)}, which is not one of ${supportedDescriptors}`,
    );
  }
  const needed = shape.reduce((product, axis) => product * axis, bytesPerFileElement(descriptor.type));
  if (needed !== size - dataStart) {
    throw fail(
      `has shape (${shape.join(', ')}), which takes ${needed} bytes, but ${size - dataStart} follow the header`,
    );
  }
  return { ...descriptor, shape, columnMajor, dataStart };
}

type HeaderField = string | boolean | number[];

/**
 * Parses the Python dictionary of a header: string keys with a string, a Boolean or a tuple of integers each.
 * The list of fields of a structured element type comes back as its text. Undefined when it is anything else.
 */
function parseDictionary(text: string): Readonly<Record<string, HeaderField>> | undefined {
  const body = /^\{(.*)\}\s*$/s.exec(text)?.[1];
  if (body === undefined) return undefined;
  const fields: Record<string, HeaderField> = Object.create(null);
  const entry = /\s*'(\w+)'\s*:\s*(?:'([^']*)'|(True|False)|\(([\d\s,]*)\)|(\[[^\]]*\]))\s*(?:,|$)/y;
  while (body.slice(entry.lastIndex).trim() !== '') {
    const match = entry.exec(body);
    if (match === null) return undefined;
    const [, key = '', quoted, boolean, tuple, list] = match;
    if (key in fields) return undefined;
    if (tuple !== undefined) {
      const sizes = parseTuple(tuple);
      if (sizes === undefined) return undefined;
      fields[key] = sizes;
    } else {
      fields[key] = boolean === undefined ? (quoted ?? list ?? '') : boolean === 'True';
    }
  }
  return fields;
}

/** The inside of a tuple: '3, 4', '3,' or ''. A single number without a comma is no tuple. */
function parseTuple(text: string): number[] | undefined {
  const inside = text.trim();
  if (inside === '') return [];
  if (!/^\d+\s*,(\s*\d+\s*(,\s*\d+\s*)*,?)?$/.test(inside)) return undefined;
  const sizes = inside.replace(/,\s*$/, '').split(',').map(Number);
  return sizes.every(Number.isSafeInteger) ? sizes : undefined;
}
