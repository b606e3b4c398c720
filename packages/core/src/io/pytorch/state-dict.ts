import { StateDictError } from '../../errors.js';
import { isStoredTensor, kindOf, type PickleValue } from '../pickle/value.js';
import type { StoredTensor } from '../stored-tensor.js';

/** What wrappers of modules put before every name: DataParallel and torch.compile. */
const wrapperPrefixes = ['module.', '_orig_mod.'];

/**
 * Finds the state dictionary in a checkpoint: the object itself, or the entry of it that is one. A prefix that
 * a wrapper has put before all names (`module.`, `_orig_mod.`, in any order) is removed.
 *
 * @param options.entry which one, for a checkpoint that holds several: 'ema', 'model'. May be left out when
 * there is only one.
 * @throws StateDictError listing the entries to choose from, when the choice is missing or wrong.
 */
export function selectStateDict(
  value: PickleValue,
  { entry }: { entry?: string } = {},
): Map<string, StoredTensor> {
  const itself = asStateDict(value);
  if (itself !== undefined) {
    if (entry === undefined) return withoutPrefixes(itself);
    throw new StateDictError(
      `the checkpoint is one state dictionary and has no entry ${JSON.stringify(entry)}`,
    );
  }
  if (!(value instanceof Map))
    throw new StateDictError(`the checkpoint holds ${kindOf(value)}, no state dictionary`);
  const entries = new Map<string, Map<string, StoredTensor>>();
  for (const [name, content] of value) {
    const stateDict = asStateDict(content);
    if (typeof name === 'string' && stateDict !== undefined) entries.set(name, stateDict);
  }
  const choices = [...entries.keys()].map((name) => JSON.stringify(name)).join(', ');
  if (entries.size === 0) {
    const names = [...value.keys()].map((name) =>
      typeof name === 'string' ? JSON.stringify(name) : kindOf(name),
    );
    throw new StateDictError(
      `no entry of the checkpoint is a state dictionary; it has ${names.slice(0, 20).join(', ')}`,
    );
  }
  if (entry === undefined && entries.size > 1) {
    throw new StateDictError(
      `the checkpoint has several state dictionaries; choose one as the entry: ${choices}`,
    );
  }
  const chosen = entry === undefined ? [...entries.values()][0] : entries.get(entry);
  if (chosen !== undefined) return withoutPrefixes(chosen);
  throw new StateDictError(
    `the checkpoint has no state dictionary ${JSON.stringify(entry)}; it has ${choices}`,
  );
}

/** The value as tensors by name, if it is nothing else. */
function asStateDict(value: PickleValue): Map<string, StoredTensor> | undefined {
  if (!(value instanceof Map) || value.size === 0) return undefined;
  const tensors = new Map<string, StoredTensor>();
  for (const [name, tensor] of value) {
    if (typeof name !== 'string' || !isStoredTensor(tensor)) return undefined;
    tensors.set(name, tensor);
  }
  return tensors;
}

function withoutPrefixes(tensors: Map<string, StoredTensor>): Map<string, StoredTensor> {
  const prefix = wrapperPrefixes.find((candidate) =>
    [...tensors.keys()].every((name) => name.startsWith(candidate)),
  );
  if (prefix === undefined) return tensors;
  return withoutPrefixes(new Map([...tensors].map(([name, tensor]) => [name.slice(prefix.length), tensor])));
}
