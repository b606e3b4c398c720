import { FileFormatError } from '../../errors.js';
import { viewRun } from '../element-run.js';
import type { Construct } from '../pickle/machine.js';
import { malformed } from '../pickle/python-globals.js';
import { isStoredTensor, type PickleValue, PythonReference } from '../pickle/value.js';
import type { StoredTensor } from '../stored-tensor.js';
import { elementSpan } from '../strided.js';
import { storageTypes } from './element-codes.js';
import { isCount, type Storages } from './storages.js';

/** PyTorch's own limit. */
const mostAxes = 64;
/** A view may repeat the elements of its storage, as `expand` does; but not so that reading exhausts the memory. */
const mostRepeated = 2 ** 24;

const dtypeNames =
  'float64 double float32 float float16 half bfloat16 int64 long int32 int int16 short int8 uint8 bool ' +
  'uint16 uint32 uint64 complex32 complex64 complex128 float8_e4m3fn float8_e5m2';

/** What of PyTorch a checkpoint may name. */
export function torchGlobals(file: string, storages: Storages): ReadonlyMap<string, Construct | null> {
  const rebuildTensor: Construct = ([storage, offset, shape, strides]) =>
    tensorOf(file, storages, storage, offset, shape, strides);
  // The gradient flag and hooks that follow the tensor mean nothing here.
  const parameter: Construct = ([tensor]) => tensorIn(file, tensor);
  const rebuilders = new Map<string, Construct | null>([
    ['torch._utils._rebuild_tensor', rebuildTensor],
    ['torch._utils._rebuild_tensor_v2', rebuildTensor],
    ['torch._utils._rebuild_parameter', parameter],
    ['torch._utils._rebuild_parameter_with_state', parameter],
    ['torch.nn.parameter.Parameter', parameter],
  ]);
  // A tensor with attributes or of a subclass: (function, class, its arguments, attributes).
  const rebuildFromType: Construct = ([callee, , args], onBuild) => {
    const rebuild = callee instanceof PythonReference ? rebuilders.get(callee.name) : undefined;
    if (!rebuild || !Array.isArray(args)) throw malformed(file, 'a function that makes a tensor', callee);
    return rebuild(args, onBuild);
  };
  return new Map<string, Construct | null>([
    ...rebuilders,
    ['torch._tensor._rebuild_from_type_v2', rebuildFromType],
    ['torch.Size', ([sizes = []]) => [...sizesIn(file, sizes)]],
    ['torch.device', ([kind, index = null]) => deviceName(file, kind, index)],
    ['torch.Tensor', null],
    ['torch.nn.parameter.Buffer', null],
    ...dtypeNames.split(' ').map((name) => [`torch.${name}`, null] as const),
    ...[...storageTypes.keys()].map((name) => [name, null] as const),
  ]);
}

function tensorOf(
  file: string,
  storages: Storages,
  storageValue: PickleValue | undefined,
  offset: PickleValue | undefined,
  shapeValue: PickleValue | undefined,
  stridesValue: PickleValue | undefined,
): StoredTensor {
  const storage = storages.get(storageValue);
  if (storage === undefined) throw malformed(file, 'a storage', storageValue);
  const shape = sizesIn(file, shapeValue);
  const strides = sizesIn(file, stridesValue);
  if (!isCount(offset)) throw malformed(file, 'the offset of a tensor', offset);
  if (shape.length !== strides.length) {
    throw new FileFormatError(file, `a tensor of shape [${shape}] has ${strides.length} strides`);
  }
  const end = offset + elementSpan(shape, strides);
  if (end > storage.length) {
    throw new FileFormatError(
      file,
      `a tensor of shape [${shape}] and strides [${strides}] from element ${offset} ends at element ${end} of a storage of ${storage.length}`,
    );
  }
  const elements = shape.reduce((product, size) => product * size, 1);
  if (elements > Math.max(storage.length, mostRepeated)) {
    throw new FileFormatError(
      file,
      `a tensor of shape [${shape}] repeats the ${storage.length} elements of its storage too often`,
    );
  }
  return viewRun(storage.run, { shape, strides, offset });
}

function deviceName(file: string, kind: PickleValue | undefined, index: PickleValue): string {
  if (typeof kind !== 'string' || !(index === null || isCount(index)))
    throw malformed(file, 'a device', kind);
  return index === null ? kind : `${kind}:${index}`;
}

function tensorIn(file: string, value: PickleValue | undefined): StoredTensor {
  if (!isStoredTensor(value)) throw malformed(file, 'a tensor', value);
  return value;
}

function sizesIn(file: string, value: PickleValue | undefined): readonly number[] {
  if (!Array.isArray(value) || value.length > mostAxes || !value.every(isCount)) {
    throw malformed(file, `a list of at most ${mostAxes} sizes`, value);
  }
  return value;
}
