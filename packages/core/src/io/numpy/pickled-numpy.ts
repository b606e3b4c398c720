import { FileFormatError } from '../../errors.js';
import { float16ToFloat32 } from '../../tensor/half.js';
import { regionOf } from '../byte-region.js';
import { memorySource } from '../byte-source.js';
import { viewRun } from '../element-run.js';
import { bytesPerFileElement, decodeElements } from '../file-elements.js';
import { narrowInteger } from '../pickle/literals.js';
import type { Construct } from '../pickle/machine.js';
import { bytesFrom, malformed } from '../pickle/python-globals.js';
import { type PickleValue, PythonReference } from '../pickle/value.js';
import type { StoredTensor } from '../stored-tensor.js';
import { columnMajorStrides } from '../strided.js';
import { type ElementDescriptor, parseDescriptor, supportedDescriptors } from './element-descriptor.js';

const mostAxes = 64;

/** What of numpy a checkpoint may name: scalars become numbers, arrays become tensors. */
export function numpyGlobals(file: string): ReadonlyMap<string, Construct | null> {
  const dtypes = new WeakMap<PythonReference, { code: string; order: string }>();

  const dtype: Construct = ([code], onBuild) => {
    if (typeof code !== 'string') throw malformed(file, 'the code of a numpy dtype', code);
    const reference = new PythonReference('numpy.dtype');
    dtypes.set(reference, { code, order: '<' });
    onBuild(reference, (state) => {
      const order = Array.isArray(state) ? state[1] : undefined;
      if (typeof order !== 'string') throw malformed(file, 'the byte order of a numpy dtype', order);
      dtypes.set(reference, { code, order });
    });
    return reference;
  };

  function descriptorOf(value: PickleValue | undefined): ElementDescriptor {
    const known = value instanceof PythonReference ? dtypes.get(value) : undefined;
    if (known === undefined) throw malformed(file, 'a numpy dtype', value);
    const descriptor = parseDescriptor(known.order + known.code);
    if (descriptor !== undefined) return descriptor;
    throw new FileFormatError(
      file,
      `numpy elements of type ${JSON.stringify(known.code)} are not supported; ${supportedDescriptors} are`,
    );
  }

  const scalar: Construct = ([type, value]) => {
    const { type: elementType, bigEndian } = descriptorOf(type);
    const raw = bytesFrom(value, file);
    if (raw.length !== bytesPerFileElement(elementType))
      throw malformed(file, 'the bytes of one number', value);
    const data = decodeElements(elementType, raw, bigEndian);
    if (elementType === 'bool') return data[0] === 1;
    if (elementType === 'float16') return float16ToFloat32(data as Uint16Array)[0]!;
    const element = data[0]!;
    return typeof element === 'bigint' ? narrowInteger(element) : element;
  };

  function arrayOf(
    raw: Uint8Array,
    type: PickleValue | undefined,
    shape: PickleValue | undefined,
    columnMajor: boolean,
  ): StoredTensor {
    const descriptor = descriptorOf(type);
    if (!isShape(shape)) throw malformed(file, 'the shape of a numpy array', shape);
    const needed = shape.reduce((product, size) => product * size, bytesPerFileElement(descriptor.type));
    if (needed !== raw.length) {
      throw new FileFormatError(
        file,
        `a numpy array of shape [${shape}] takes ${needed} bytes, not ${raw.length}`,
      );
    }
    const region = regionOf({ source: memorySource(raw, file), offset: 0, length: raw.length });
    return viewRun(
      { ...descriptor, region },
      { shape, ...(columnMajor && { strides: columnMajorStrides(shape) }) },
    );
  }

  /** Makes an empty array, which a BUILD instruction fills: (version, shape, dtype, column-major, bytes). */
  const reconstruct: Construct = (_args, onBuild) => {
    const empty = { dtype: 'uint8', shape: [0], data: new Uint8Array(0) } as const;
    const array: StoredTensor = { dtype: 'uint8', storedAs: 'uint8', shape: [0], read: async () => empty };
    onBuild(array, (state) => {
      const [, shape, type, columnMajor, raw] = Array.isArray(state) ? state : [];
      Object.assign(array, arrayOf(bytesFrom(raw, file), type, shape, columnMajor === true));
    });
    return array;
  };

  /** How protocol 5 writes arrays: (bytes, dtype, shape, order). */
  const fromBuffer: Construct = ([raw, type, shape, order]) =>
    arrayOf(bytesFrom(raw, file), type, shape, order === 'F');

  const globals: [string, Construct | null][] = [
    ['numpy.dtype', dtype],
    ['numpy.ndarray', null],
  ];
  // The module was renamed in numpy 2.
  for (const core of ['numpy.core', 'numpy._core']) {
    globals.push(
      [`${core}.multiarray.scalar`, scalar],
      [`${core}.multiarray._reconstruct`, reconstruct],
      [`${core}.numeric._frombuffer`, fromBuffer],
    );
  }
  return new Map(globals);
}

function isShape(value: PickleValue | undefined): value is number[] {
  return (
    Array.isArray(value) &&
    value.length <= mostAxes &&
    value.every((size) => Number.isSafeInteger(size) && (size as number) >= 0)
  );
}
