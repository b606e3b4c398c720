import { readFile } from 'node:fs/promises';
import { FileFormatError } from '../errors.js';
import { parseConfig } from '../io/parse-config.js';

/**
 * Reads a `config.json`.
 *
 * @param parse checks the parsed JSON; what it throws becomes an error that names the file.
 * @throws FileFormatError for a file that is missing, no JSON, or refused by `parse`.
 */
export async function readConfigFile<Config>(
  file: string,
  parse: (json: unknown) => Config,
): Promise<Config> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const advice = 'the config cannot be read; put it beside the weights, or pass it as an option';
    throw new FileFormatError(file, advice, { cause });
  }
  return parseConfig(file, text, parse);
}
