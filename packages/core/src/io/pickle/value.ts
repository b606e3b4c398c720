import type { StoredTensor } from '../stored-tensor.js';

/**
 * A Python object as we represent it.
 *
 * | Python | here |
 * |---|---|
 * | None, bool, float, str | null, boolean, number, string |
 * | int | number, or bigint beyond 2⁵³ |
 * | bytes, bytearray | Uint8Array |
 * | list, tuple, torch.Size | array |
 * | dict, OrderedDict, defaultdict, argparse.Namespace | Map, in the file's order |
 * | set, frozenset | Set |
 * | tensor, parameter, storage, numpy array | StoredTensor |
 * | numpy scalar | as the Python scalar |
 * | torch.device, pathlib path | string |
 * | a class, function or dtype that was named, not called | PythonReference |
 *
 * Maps have the keys of the file: strings mostly, numbers in the state of an optimiser.
 */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | Set<PickleValue>
  | StoredTensor
  | PythonReference;

/** A Python name that a file mentions, such as `torch.float32`. */
export class PythonReference {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** Whether a value is a tensor and not one of the containers. */
export function isStoredTensor(value: PickleValue | undefined): value is StoredTensor {
  return (
    typeof value === 'object' && value !== null && 'read' in value && 'dtype' in value && 'shape' in value
  );
}

/** What a value is, for messages. */
export function kindOf(value: PickleValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'None';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Map) return 'a dictionary';
  if (value instanceof Set) return 'a set';
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof PythonReference) return value.name;
  if (typeof value === 'object') return 'a tensor';
  return `a ${typeof value}`;
}
