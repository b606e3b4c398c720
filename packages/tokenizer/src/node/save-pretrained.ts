import { type SaveModelFolderOptions, saveModelFolder } from '@softvq/core/node';
import { type LoadableTokenizer, savedConfigOf } from '../registry/tokenizers.js';

/**
 * Writes `model.safetensors` and `config.json` into a folder, which is made if necessary, as on the Hugging Face hub;
 * weights above the limit as shards with `model.safetensors.index.json`. Nothing in the folder changes before
 * everything is written. The folder may be the one that the tokenizer came from.
 *
 * @throws ArgumentError for a limit that is not positive, or a tokenizer that is not registered; DisposedError for a
 * tokenizer whose tensors are gone; or the error of Node when the folder cannot be written to. Then what was there is
 * as it was.
 */
export async function savePretrained(
  tokenizer: LoadableTokenizer,
  folder: string,
  options: SaveModelFolderOptions = {},
): Promise<void> {
  const model = { stateDict: tokenizer.stateDict(), config: savedConfigOf(tokenizer) };
  await saveModelFolder(folder, model, options);
}
