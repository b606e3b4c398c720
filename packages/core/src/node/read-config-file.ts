import { readFile } from 'node:fs/promises';
import { FileFormatError, SoftVQError } from '../errors.js';

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
  try {
    return parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    throw new FileFormatError(file, explain(error), { cause: error });
  }
}

function explain(error: unknown): string {
  if (error instanceof SyntaxError) return `this is no JSON: ${error.message}`;
  // Where the parser threw means nothing to who reads it.
  if (error instanceof SoftVQError) return error.message.replace(`\n    at ${error.callSite}`, '');
  return 'the config cannot be read; put it beside the weights, or pass it as an option';
}
