import { FileFormatError } from '../../errors.js';
import { regionOf } from '../byte-region.js';
import type { ByteSource } from '../byte-source.js';
import { bytesPerFileElement, type FileElementType } from '../file-elements.js';
import type { PickleEnvironment } from '../pickle/machine.js';
import { readPickle } from '../pickle/read.js';
import { kindOf, type PickleValue } from '../pickle/value.js';
import { torchEnvironment } from './environment.js';
import { Storages } from './storages.js';

const magicNumber = 0x1950a86a20f9469cfc6cn;
const protocolVersion = 1001;

interface StorageLayout {
  readonly type: FileElementType;
  /** Elements. */
  readonly length: number;
}

/**
 * Reads the format before PyTorch 1.6: five pickles one after the other (magic number, version, system, object,
 * keys of the storages), then each storage as its length and its raw elements.
 */
export async function readLegacyFormat(source: ByteSource): Promise<PickleValue> {
  const file = source.name;
  const plain: PickleEnvironment = {
    file,
    globals: new Map(),
    persistentLoad: () => {
      throw new FileFormatError(file, 'a reference to a storage where none can be');
    },
  };
  const magic = await readPickle(source, 0, plain);
  if (magic.value !== magicNumber) {
    throw new FileFormatError(
      file,
      'it begins with a pickle, but not with the one that PyTorch begins files with',
    );
  }
  const version = await readPickle(source, magic.end, plain);
  if (version.value !== protocolVersion) {
    throw new FileFormatError(
      file,
      `version ${String(version.value)} of PyTorch's old format; ${protocolVersion} is known`,
    );
  }
  const system = await readPickle(source, version.end, plain);
  const littleEndian = system.value instanceof Map ? system.value.get('little_endian') : undefined;
  if (typeof littleEndian !== 'boolean') throw new FileFormatError(file, 'it does not say its byte order');

  // Where the storages lie is known only after the object that refers to them. So the object is read twice:
  // first for what storages it has, then for good.
  const layouts = new Map<string, StorageLayout>();
  const nowhere = regionOf({ source, offset: 0, length: 0 });
  const survey = new Storages(file, ({ key, type, length }) => {
    const known = layouts.get(key) ?? { type, length };
    if (known.type !== type || known.length !== length) {
      throw new FileFormatError(file, `storage ${key} is described in two ways`);
    }
    layouts.set(key, known);
    return { type, bigEndian: false, region: nowhere };
  });
  const surveyed = await readPickle(source, system.end, torchEnvironment(file, survey));
  const keys = await readPickle(source, surveyed.end, plain);
  const offsets = await locateStorages(source, keys.end, layouts, keys.value, !littleEndian);
  const storages = new Storages(file, ({ key, type, length }) => {
    const range = { source, offset: offsets.get(key)!, length: length * bytesPerFileElement(type) };
    return { type, bigEndian: !littleEndian, region: regionOf(range) };
  });
  return (await readPickle(source, system.end, torchEnvironment(file, storages))).value;
}

/** Walks over the storages, which must be those of `layouts` and fill the rest of the file. */
async function locateStorages(
  source: ByteSource,
  start: number,
  layouts: ReadonlyMap<string, StorageLayout>,
  keys: PickleValue,
  bigEndian: boolean,
): Promise<ReadonlyMap<string, number>> {
  const file = source.name;
  const offsets = new Map<string, number>();
  let offset = start;
  for (const key of Array.isArray(keys) ? keys : []) {
    const layout = typeof key === 'string' ? layouts.get(key) : undefined;
    if (typeof key !== 'string' || layout === undefined || offsets.has(key)) {
      throw new FileFormatError(
        file,
        `the list of storages names ${typeof key === 'string' ? key : kindOf(key)}, which no tensor uses or which was there before`,
      );
    }
    if (offset + 8 > source.size)
      throw new FileFormatError(file, `storage ${key} is missing: the file is truncated`);
    const lengthBytes = await source.read(offset, 8);
    const length = new DataView(lengthBytes.buffer, lengthBytes.byteOffset, 8).getBigInt64(0, !bigEndian);
    if (length !== BigInt(layout.length)) {
      throw new FileFormatError(
        file,
        `storage ${key} should have ${layout.length} elements, and says it has ${length}`,
      );
    }
    offsets.set(key, offset + 8);
    offset += 8 + layout.length * bytesPerFileElement(layout.type);
    if (offset > source.size) {
      throw new FileFormatError(
        file,
        `storage ${key} ends at byte ${offset}, but the file has ${source.size}: it is truncated`,
      );
    }
  }
  const missing = [...layouts.keys()].find((key) => !offsets.has(key));
  if (missing !== undefined)
    throw new FileFormatError(file, `storage ${missing} is not in the list of storages`);
  if (offset !== source.size)
    throw new FileFormatError(file, `${source.size - offset} bytes follow the last storage`);
  return offsets;
}
