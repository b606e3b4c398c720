import { type SaveModelFolderOptions, saveModelFolder } from '@softvq/core/node';
import { type AnyTokenizer, configOf } from '../create-tokenizer.js';

/**
 * Writes `model.safetensors` and `config.json` into a folder, which is made if necessary, as on the Hugging Face hub;
 * weights above the limit as shards with `model.safetensors.index.json`. Nothing in the folder changes before
 * everything is written. The folder may be the one that the tokenizer came from.
 *
 * @throws ArgumentError for a limit that is not positive; DisposedError for a tokenizer whose tensors are gone; or the
 * error of Node when the folder cannot be written to. Then what was there is as it was.
 */
export async function savePretrained(
  tokenizer: AnyTokenizer,
  folder: string,
  options: SaveModelFolderOptions = {},
): Promise<void> {
  await saveModelFolder(folder, { stateDict: tokenizer.stateDict(), config: configOf(tokenizer) }, options);
}
