import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeSafetensors, type LazyTensor } from '@softvq/core/io';
import { writeFileAtomic } from '@softvq/core/node';
import { type AnyTokenizer, configOf } from '../create-tokenizer.js';

/**
 * Writes `model.safetensors` and `config.json` into a folder, which is made if necessary, as on the Hugging Face hub.
 * Each file is replaced at once when it is complete, the weights first. The folder may be the one that the tokenizer
 * came from.
 *
 * @throws DisposedError for a tokenizer whose tensors are gone, or the error of Node when the folder cannot be
 * written to. A file that was not completed is as it was.
 */
export async function savePretrained(tokenizer: AnyTokenizer, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const tensors = Object.entries(tokenizer.stateDict()).map(([name, tensor]): [string, LazyTensor] => {
    // Parameters have no symbolic sizes.
    const shape = tensor.shape as readonly number[];
    // Reading them by the tensor leaves them in memory, so that none still refers to the file that is replaced.
    return [name, { dtype: tensor.dtype, shape, read: () => tensor.host() }];
  });
  await writeFileAtomic(join(folder, 'model.safetensors'), encodeSafetensors(tensors, { format: 'pt' }));
  const sorted = Object.fromEntries(Object.entries(configOf(tokenizer)).sort(([a], [b]) => (a < b ? -1 : 1)));
  const json = `${JSON.stringify(sorted, undefined, 2)}\n`;
  await writeFileAtomic(join(folder, 'config.json'), new TextEncoder().encode(json));
}
