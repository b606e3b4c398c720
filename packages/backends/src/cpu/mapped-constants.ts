import { basename, dirname, resolve } from 'node:path';
import { bytesPerElement, type Shape, sizeOf } from '@softvq/core';
import type { ConstantData, Graph, NodeOf } from '@softvq/core/graph';
import type { OnnxExternalData } from '../onnx/index.js';

/** Bytes that still go into the model file itself, which must remain below 2 GB. */
const mostInline = 2 ** 30;

/** Constants that ONNX Runtime maps from the files they are stored in, past the JavaScript heap. */
export interface MappedConstants {
  /** The folder that locations are relative to. */
  readonly folder: string;
  /** Where a constant is, if it is mapped. */
  readonly locate: (data: ConstantData) => OnnxExternalData | undefined;
}

/**
 * Which constants of a graph can be mapped. A session maps files of one folder, and takes no other large constants
 * beside them but those in the model file; where these do not fit, or are the larger part, nothing is mapped and all are
 * read.
 */
export function mapConstants(
  { constants }: Pick<Graph, 'constants'>,
  int8Weights: ReadonlySet<NodeOf<'constant'>> = new Set(),
): MappedConstants | undefined {
  const asTheyAre = [...constants].filter(([node]) => !int8Weights.has(node)).map(([, data]) => data);
  const folder = asTheyAre.map(folderOf).find((each) => each !== undefined);
  if (folder === undefined) return undefined;
  const isMapped = (data: ConstantData) => folderOf(data) === folder;
  const [mapped, others] = [asTheyAre.filter(isMapped), asTheyAre.filter((data) => !isMapped(data))];
  const int8Bytes = [...int8Weights].reduce((bytes, { attributes }) => bytes + countOf(attributes.shape), 0);
  const inline = bytesOf(others) + int8Bytes;
  if (inline > mostInline || inline > bytesOf(mapped)) return undefined;
  return { folder, locate: (data) => (isMapped(data) ? locationOf(data) : undefined) };
}

function bytesOf(constants: readonly ConstantData[]): number {
  return constants.reduce((bytes, { shape, dtype }) => bytes + countOf(shape) * bytesPerElement(dtype), 0);
}

/** Constants have no symbolic sizes. */
function countOf(shape: Shape): number {
  return sizeOf(shape as readonly number[]);
}

/** The folder of the file whose bytes are the constant's elements, as they stand or to be widened by the engine. */
function folderOf(data: ConstantData): string | undefined {
  if (!('storedAs' in data)) return undefined;
  const isWidened = data.storedAs === 'float16' || data.storedAs === 'bfloat16';
  if (data.storedAs !== data.dtype && !(isWidened && data.dtype === 'float32')) return undefined;
  const path = data.range?.source.path;
  return path === undefined || data.range?.length === 0 ? undefined : dirname(resolve(path));
}

function locationOf(data: ConstantData): OnnxExternalData | undefined {
  if (!('range' in data) || data.range?.source.path === undefined) return undefined;
  const { source, offset, length } = data.range;
  return { location: basename(source.path!), offset, length };
}
