import { readFile } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { ArgumentError, FileFormatError } from '@softvq/core';
import type { PictureDataset } from '../../dataset/picture-dataset.js';
import { fileDataset, type PictureFileEntry, withPath } from './file-dataset.js';
import { parseCsv } from './parse-csv.js';

export interface ManifestDatasetOptions {
  /** The names of the classes in the order of their labels. Default: the labels that occur, sorted. */
  readonly classes?: readonly string[] | undefined;
}

/** A line of a manifest before its label is understood. */
interface ManifestLine {
  readonly line: number;
  readonly path: unknown;
  readonly label: unknown;
}

/**
 * The pictures that a file lists, in its order: `.jsonl`, one object `{"path": …, "label": …}` a line, or `.csv` with
 * a first line that names the columns `path` and, if there are labels, `label`. Further fields and columns mean
 * nothing here. Paths are relative to the file's folder; a label is the name of a class, or with `classes` also its
 * number. Nothing is decoded yet.
 *
 * @throws ArgumentError for a file that cannot be read or is called otherwise
 * @throws FileFormatError, with the line, for one that is malformed
 */
export async function openManifestDataset(
  file: string,
  options: ManifestDatasetOptions = {},
): Promise<PictureDataset> {
  const read = readers.get(extname(file).toLowerCase());
  if (read === undefined) {
    throw new ArgumentError(`${file} is no manifest that is understood; give a .jsonl or a .csv file`);
  }
  const text = await withPath(file, () => readFile(file, 'utf8'));
  const lines = read(file, text.replace(/^\uFEFF/, ''));
  if (lines.length === 0) throw new FileFormatError(file, 'it lists no pictures');
  const entries = lines.map((line) => entryOf(file, line, options.classes));
  return fileDataset(file, entries, options.classes);
}

const readers: ReadonlyMap<string, (file: string, text: string) => ManifestLine[]> = new Map([
  ['.jsonl', readJsonLines],
  ['.csv', readCsv],
]);

function readJsonLines(file: string, text: string): ManifestLine[] {
  return text.split('\n').flatMap((content, index) => {
    if (content.trim() === '') return [];
    let value: unknown;
    try {
      value = JSON.parse(content);
    } catch (cause) {
      throw new FileFormatError(file, `line ${index + 1} is not valid JSON`, { cause });
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new FileFormatError(
        file,
        `line ${index + 1} is not a JSON object such as {"path": "cat.png", "label": "cat"}`,
      );
    }
    const { path, label } = value as { path?: unknown; label?: unknown };
    return [{ line: index + 1, path, label: label ?? undefined }];
  });
}

function readCsv(file: string, text: string): ManifestLine[] {
  let records: ReturnType<typeof parseCsv>;
  try {
    records = parseCsv(text);
  } catch (cause) {
    throw new FileFormatError(file, (cause as Error).message, { cause });
  }
  const [header, ...rows] = records;
  const pathColumn = header?.fields.indexOf('path') ?? -1;
  const labelColumn = header?.fields.indexOf('label') ?? -1;
  if (header === undefined || pathColumn < 0) {
    throw new FileFormatError(
      file,
      "the first line must name the columns, such as 'path,label'; there is no 'path'",
    );
  }
  return rows.map(({ line, fields }) => {
    if (fields.length !== header.fields.length) {
      throw new FileFormatError(
        file,
        `line ${line} has ${fields.length} fields, but the first line names ${header.fields.length}`,
      );
    }
    return { line, path: fields[pathColumn], label: labelColumn < 0 ? undefined : fields[labelColumn] };
  });
}

function entryOf(
  file: string,
  { line, path, label }: ManifestLine,
  classes: readonly string[] | undefined,
): PictureFileEntry {
  if (typeof path !== 'string' || path === '') {
    throw new FileFormatError(
      file,
      `line ${line} has no path: it must be the path of a picture, not ${JSON.stringify(path)}`,
    );
  }
  return {
    path: resolve(dirname(file), path),
    name: path,
    label: label === undefined ? undefined : classNameOf(file, line, label, classes),
  };
}

function classNameOf(
  file: string,
  line: number,
  label: unknown,
  classes: readonly string[] | undefined,
): string {
  if (typeof label === 'string' && label !== '') {
    // A CSV file knows no numbers, so a number that is no name is taken for one.
    const isNumber = classes !== undefined && !classes.includes(label) && /^\d+$/.test(label);
    return isNumber ? classNameOf(file, line, Number(label), classes) : label;
  }
  if (typeof label === 'number') {
    const name = classes?.[label];
    if (name !== undefined) return name;
    throw new FileFormatError(
      file,
      classes === undefined
        ? `line ${line} has the number ${label} as its label; tell the names of the classes to use numbers`
        : `line ${line} has the label ${label}, but there are ${classes.length} classes, from 0`,
    );
  }
  throw new FileFormatError(
    file,
    `line ${line} has the label ${JSON.stringify(label)}; it must be the name of a class`,
  );
}
