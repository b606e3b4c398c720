import type { StoredTensor } from './stored-tensor.js';

/** A file of named tensors, or several that belong together, of which only the description has been read. */
export interface TensorFile {
  /** What the file says about itself. Has no prototype, so that every name is safe. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Closes the sources; their tensors cannot be read afterwards. */
  close(): Promise<void>;
}
