/** A record of a CSV file. */
export interface CsvRecord {
  /** The line it begins on, from 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

/** A field, quoted or not, and what ends it. */
const fieldPattern = /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))(,|\r?\n|\r|$)/y;

/**
 * Comma-separated values as in RFC 4180: fields may be quoted, and then hold commas, line breaks and doubled quotes.
 * Empty lines are passed over.
 *
 * @throws Error with the number of the line for quotes that are not closed or stand inside a field
 */
export function parseCsv(text: string): CsvRecord[] {
  const records: CsvRecord[] = [];
  let fields: string[] = [];
  let line = 1;
  let start = 1;
  fieldPattern.lastIndex = 0;
  for (let end = false; !end; ) {
    const match = fieldPattern.exec(text);
    if (match === null) throw new Error(`line ${line}: a quote is not closed, or stands inside a field`);
    const [whole, quoted, plain, terminator] = match;
    fields.push(quoted?.replaceAll('""', '"') ?? plain!);
    line += whole.split('\n').length - 1;
    if (terminator === ',') continue;
    if (fields.length > 1 || fields[0] !== '') records.push({ line: start, fields });
    fields = [];
    start = line;
    end = terminator === '';
  }
  return records;
}
