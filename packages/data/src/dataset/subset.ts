import { ArgumentError } from '@softvq/core';
import { fingerprintOf } from './fingerprint.js';
import type { PictureDataset } from './picture-dataset.js';

/**
 * Some pictures of a data set, in the order given, with the same classes.
 *
 * @param indices positions in `dataset`, at least one.
 * @throws ArgumentError for no indices, or one that the data set does not have
 */
export function subset(dataset: PictureDataset, indices: ArrayLike<number>): PictureDataset {
  if (indices.length === 0) throw new ArgumentError('subset: there is not a single index');
  const chosen = Array.from(indices, (index) => {
    if (Number.isInteger(index) && index >= 0 && index < dataset.length) return index;
    throw new ArgumentError(`subset: ${index} is no position in a data set of ${dataset.length} pictures`);
  });
  const labels = Int32Array.from(chosen, (index) => dataset.labels[index]!);
  const nameOf = (index: number) => dataset.nameOf(chosen[index]!);
  return {
    length: chosen.length,
    classes: dataset.classes,
    labels,
    fingerprint: fingerprintOf(
      [dataset.fingerprint],
      chosen.map((_, index) => nameOf(index)),
      labels,
    ),
    nameOf,
    open(options) {
      const preparer = dataset.open(options);
      return {
        parallelism: preparer.parallelism,
        prepare: (task) =>
          preparer.prepare({
            ...task,
            slots: task.slots.map((slot) => ({ ...slot, index: chosen[slot.index]! })),
          }),
        close: () => preparer.close(),
      };
    },
  };
}
