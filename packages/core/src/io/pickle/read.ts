import { FileFormatError } from '../../errors.js';
import type { ByteSource } from '../byte-source.js';
import { checkTree } from './check-tree.js';
import { EndOfPickle } from './cursor.js';
import { type PickleEnvironment, unpickle } from './machine.js';
import type { PickleValue } from './value.js';

const firstLook = 2 ** 16;
/** Pickles hold names and shapes, not weights; a few megabytes are already many. */
const longest = 2 ** 28;

/**
 * Reads the pickle at `offset` of a file. How long it is turns out only by running it, so it is run on a piece
 * of the file, and again on a larger one while it needs more.
 *
 * @returns the object, which is safe to walk, and where the pickle ends in the file.
 * @throws UnsafePickleError, FileFormatError as `unpickle` does, and when the file ends inside the pickle.
 */
export async function readPickle(
  source: ByteSource,
  offset: number,
  environment: PickleEnvironment,
): Promise<{ value: PickleValue; end: number }> {
  const available = Math.min(source.size - offset, longest);
  for (let look = firstLook; ; look *= 8) {
    const bytes = await source.read(offset, Math.min(look, available));
    try {
      const { value, length } = unpickle(bytes, environment);
      checkTree(value, environment.file);
      return { value, end: offset + length };
    } catch (error) {
      if (!(error instanceof EndOfPickle)) throw error;
      if (look < available) continue;
      const fault = available === longest ? `is longer than ${longest} bytes` : 'is truncated';
      throw new FileFormatError(environment.file, `the pickle ${fault}`, { cause: error });
    }
  }
}
