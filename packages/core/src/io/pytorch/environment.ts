import { numpyGlobals } from '../numpy/pickled-numpy.js';
import type { PickleEnvironment } from '../pickle/machine.js';
import { pythonGlobals } from '../pickle/python-globals.js';
import type { Storages } from './storages.js';
import { torchGlobals } from './torch-globals.js';

/** All that a PyTorch checkpoint can reach: the allow-lists, and the storages of its own file. */
export function torchEnvironment(file: string, storages: Storages): PickleEnvironment {
  const globals = new Map([...pythonGlobals(file), ...numpyGlobals(file), ...torchGlobals(file, storages)]);
  return { file, globals, persistentLoad: (id) => storages.load(id) };
}
