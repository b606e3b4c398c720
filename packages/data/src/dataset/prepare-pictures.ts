import type { Picture } from '../picture/picture.js';
import { writeFloats } from '../picture/picture-floats.js';
import { centerCrop, randomCrop } from '../preprocessing/crop.js';
import type { PreparationTask, PreparedPictures } from './picture-dataset.js';

/** Files read and decoded at once: enough to hide waiting, few enough to hold little memory. */
const decodedAtOnce = 4;

/**
 * Decodes what was not kept, crops, mirrors and converts the pictures of a task, in this thread.
 *
 * @param decode the picture of an index.
 * @param reasonOf says why a picture could not be decoded, without its name.
 */
export async function preparePictures(
  task: PreparationTask,
  decode: (index: number) => Promise<Picture>,
  reasonOf: (error: unknown, index: number) => string,
): Promise<PreparedPictures> {
  const { imageSize, crop, slots } = task;
  const data = new Float32Array(slots.length * 3 * imageSize * imageSize);
  const failures = new Map<number, string>();
  const kept = new Map<number, Picture>();
  let next = 0;

  async function workThroughSlots(): Promise<void> {
    for (let position = next++; position < slots.length; position = next++) {
      const slot = slots[position]!;
      let picture: Picture;
      try {
        picture = slot.kept ?? (await decode(slot.index));
      } catch (error) {
        failures.set(position, reasonOf(error, slot.index));
        continue;
      }
      // The centre is always the same: it is worth keeping in place of the whole. Cropping it again changes nothing.
      if (crop === 'center') picture = centerCrop(picture, imageSize);
      if (slot.keep && slot.kept === undefined) kept.set(position, picture);
      const square = crop === 'random' ? randomCrop(picture, imageSize, slot.draws) : picture;
      writeFloats(data, position, square, slot.mirrored);
    }
  }

  await Promise.all(Array.from({ length: Math.min(decodedAtOnce, slots.length) }, workThroughSlots));
  return { data, failures, kept };
}
