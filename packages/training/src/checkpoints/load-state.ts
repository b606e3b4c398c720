import { join } from 'node:path';
import { FileFormatError, flatten, formatShape, fromStored, type Tensor } from '@softvq/core';
import { openCheckpoint } from '@softvq/core/node';
import { stateFileName } from './checkpoint.js';

/**
 * The state of a checkpoint. Tensors are read when the first step needs them.
 *
 * @param template a state of the same structure; its tensors are left alone.
 * @throws FileFormatError when tensors are missing, unexpected, or of another shape or element type: when the
 * checkpoint is that of another model or objective.
 */
export async function loadState<State>(path: string, template: State): Promise<State> {
  const file = join(path, stateFileName);
  const { tensors } = await openCheckpoint(file);
  const { leaves, rebuild } = flatten(template);
  const names = new Set(leaves.map((leaf) => leaf.path));
  const unexpected = [...tensors.keys()].find((name) => !names.has(name));
  if (unexpected !== undefined)
    throw otherModel(file, `it has a tensor ${unexpected}, which this one has not`);
  return rebuild(
    leaves.map(({ path: name, tensor }): Tensor => {
      const stored = tensors.get(name);
      if (stored === undefined) throw otherModel(file, `it has no tensor ${name}`);
      if (stored.dtype !== tensor.dtype || formatShape(stored.shape) !== formatShape(tensor.shape)) {
        const found = `${stored.dtype} ${formatShape(stored.shape)}`;
        throw otherModel(
          file,
          `${name} is ${found} there and ${tensor.dtype} ${formatShape(tensor.shape)} here`,
        );
      }
      return fromStored(stored);
    }),
  );
}

function otherModel(file: string, difference: string): FileFormatError {
  return new FileFormatError(
    file,
    `this is the state of another model or objective: ${difference}; restore the configuration, or give a new output folder`,
  );
}
