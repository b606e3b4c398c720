import { basename, dirname, resolve } from 'node:path';
import { bytesPerElement, sizeOf } from '@softvq/core';
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
 * beside them but those in the model file; where that does not fit, nothing is mapped and all are read.
 */
export function mapConstants(
  { constants }: Pick<Graph, 'constants'>,
  int8Weights: ReadonlySet<NodeOf<'constant'>> = new Set(),
): MappedConstants | undefined {
  const asTheyAre = [...constants].filter(([node]) => !int8Weights.has(node)).map(([, data]) => data);
  const folder = asTheyAre.map(folderOf).find((each) => each !== undefined);
  if (folder === undefined) return undefined;
  const others = asTheyAre.filter((data) => folderOf(data) !== folder);
  const inline =
    others.reduce((bytes, { shape, dtype }) => bytes + sizeOf(shape) * bytesPerElement(dtype), 0) +
    [...int8Weights].reduce((bytes, { attributes: { shape } }) => bytes + (sizeOf(shape) as number), 0);
  if (inline > mostInline) return undefined;
  return { folder, locate: (data) => (folderOf(data) === folder ? locationOf(data) : undefined) };
}

/** The folder of the file whose bytes are the constant's elements as they stand. */
function folderOf(data: ConstantData): string | undefined {
  if (!('storedAs' in data) || data.storedAs !== data.dtype) return undefined;
  const path = data.range?.source.path;
  return path === undefined || data.range?.length === 0 ? undefined : dirname(resolve(path));
}

function locationOf(data: ConstantData): OnnxExternalData | undefined {
  if (!('range' in data) || data.range?.source.path === undefined) return undefined;
  const { source, offset, length } = data.range;
  return { location: basename(source.path!), offset, length };
}
