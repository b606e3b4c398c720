import { basename, dirname, resolve } from 'node:path';
import type { ConstantData } from '@softvq/core/graph';
import type { OnnxExternalData } from '../onnx/index.js';

/**
 * Lets ONNX Runtime map constants from the files they are stored in, so that a checkpoint never passes through
 * the JavaScript heap. One model can map files of one folder; constants elsewhere are read.
 */
export class MappedConstants {
  #folder: string | undefined;

  /** The folder that locations are relative to, if anything was located. */
  get folder(): string | undefined {
    return this.#folder;
  }

  readonly locate = (data: ConstantData): OnnxExternalData | undefined => {
    if (!('storedAs' in data) || data.storedAs !== data.dtype || data.range === undefined) return undefined;
    const { source, offset, length } = data.range;
    if (source.path === undefined || length === 0) return undefined;
    const path = resolve(source.path);
    this.#folder ??= dirname(path);
    return dirname(path) === this.#folder ? { location: basename(path), offset, length } : undefined;
  };
}
