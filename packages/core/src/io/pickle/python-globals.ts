import { FileFormatError } from '../../errors.js';
import type { Construct } from './machine.js';
import { kindOf, type PickleValue, PythonReference } from './value.js';

/** What of Python's own library a checkpoint may name. Python 2 called some modules differently. */
export function pythonGlobals(file: string): ReadonlyMap<string, Construct | null> {
  const dictionary: Construct = ([items = []], onBuild) => {
    const map = dictionaryOf(items, file);
    // State dictionaries carry a `_metadata` attribute, which we have no use for.
    onBuild(map, () => {});
    return map;
  };
  const namespace: Construct = (_args, onBuild) => {
    const map = new Map<PickleValue, PickleValue>();
    onBuild(map, (state) => {
      if (!(state instanceof Map)) throw malformed(file, 'attributes', state);
      for (const [name, value] of state) map.set(name, value);
    });
    return map;
  };
  const set: Construct = ([items = []]) => new Set(list(items, file));
  const bytes: Construct = ([value = new Uint8Array()]) => bytesFrom(value, file);
  const path: Construct = (parts) => {
    for (const part of parts) if (typeof part !== 'string') throw malformed(file, 'a part of a path', part);
    // An absolute path has its root as the first part.
    return parts.join('/').replace(/^\/\//, '/');
  };
  const globals: Record<string, Construct | null> = {
    'collections.OrderedDict': dictionary,
    'collections.defaultdict': (_args, onBuild) => dictionary([], onBuild),
    'argparse.Namespace': namespace,
    'types.SimpleNamespace': namespace,
    '_codecs.encode': bytes,
    'pathlib.PosixPath': path,
    'pathlib.PurePosixPath': path,
    'pathlib.WindowsPath': path,
    'pathlib.PureWindowsPath': path,
  };
  const builtins: Record<string, Construct | null> = {
    set,
    frozenset: set,
    bytes,
    bytearray: bytes,
    dict: null,
    list: null,
    tuple: null,
    int: null,
    float: null,
    bool: null,
    str: null,
    object: null,
  };
  for (const module of ['builtins', '__builtin__']) {
    for (const [name, construct] of Object.entries(builtins)) globals[`${module}.${name}`] = construct;
  }
  const allowed = new Map(Object.entries(globals));
  for (const module of ['copyreg', 'copy_reg']) {
    // How protocols 0 and 1 make an object: its class, `object`, and None.
    allowed.set(`${module}._reconstructor`, ([type], onBuild) => {
      const construct = type instanceof PythonReference ? allowed.get(type.name) : undefined;
      if (!construct) throw malformed(file, 'a class', type);
      return construct([], onBuild);
    });
  }
  return allowed;
}

/** Bytes, which protocols before 3 write as text in latin-1. */
export function bytesFrom(value: PickleValue | undefined, file: string): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value !== 'string') throw malformed(file, 'bytes', value);
  const bytes = new Uint8Array(value.length);
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index);
    if (code > 0xff) throw malformed(file, 'bytes', value);
    bytes[index] = code;
  }
  return bytes;
}

function list(value: PickleValue, file: string): readonly PickleValue[] {
  if (!Array.isArray(value)) throw malformed(file, 'a list', value);
  return value;
}

function dictionaryOf(value: PickleValue, file: string): Map<PickleValue, PickleValue> {
  const map = new Map<PickleValue, PickleValue>();
  for (const pair of list(value, file)) {
    const [key, content] = list(pair, file);
    if (key === undefined || content === undefined) throw malformed(file, 'a pair', pair);
    map.set(key, content);
  }
  return map;
}

/** For an argument that is not what its place needs. */
export function malformed(file: string, wanted: string, value: PickleValue | undefined): FileFormatError {
  return new FileFormatError(file, `malformed pickle: ${kindOf(value)} where ${wanted} must be`);
}
