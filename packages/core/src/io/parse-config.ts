import { FileFormatError, messageOf, SoftVQError } from '../errors.js';

/**
 * What a file of JSON says.
 *
 * @param file as messages call it.
 * @param parse checks the parsed JSON; what it throws becomes an error that names the file.
 * @throws FileFormatError for what is no JSON, or refused by `parse`.
 */
export function parseConfig<Config>(file: string, text: string, parse: (json: unknown) => Config): Config {
  try {
    return parse(JSON.parse(text));
  } catch (error) {
    throw new FileFormatError(file, explain(error), { cause: error });
  }
}

function explain(error: unknown): string {
  if (error instanceof SyntaxError) return `this is no JSON: ${error.message}`;
  // Where the parser threw means nothing to who reads it.
  if (error instanceof SoftVQError) return messageOf(error);
  return 'the config cannot be read';
}
