import { readFile } from 'node:fs/promises';
import { ArgumentError, FileFormatError } from '@softvq/core';
import type { FieldDescription } from '@softvq/training';
import { parse } from 'yaml';
import type { Argv, Options } from 'yargs';
import { kebabCase } from './kebab-case.js';

/**
 * Adds `--config`, and a flag for every field of a configuration: `--optimizer.learning-rate` for
 * `optimizer.learningRate`.
 */
export function withTrainingConfig<Args>(
  yargs: Argv<Args>,
  fields: readonly FieldDescription[],
): Argv<Args & { config: string | undefined }> {
  const extended = yargs.option('config', {
    type: 'string',
    requiresArg: true,
    describe: 'YAML or JSON file with the fields below; flags go first',
  });
  for (const field of fields) extended.option(kebabCase(field.path), optionOf(field));
  return extended as unknown as Argv<Args & { config: string | undefined }>;
}

/**
 * The configuration that a file and flags describe; flags go first.
 *
 * @param args all arguments, by the names of flags.
 * @throws FileFormatError for a file that is no YAML, with the line; ArgumentError for one that is not there.
 */
export async function readTrainingConfig(
  file: string | undefined,
  args: Readonly<Record<string, unknown>>,
  fields: readonly FieldDescription[],
): Promise<Record<string, unknown>> {
  const config = file === undefined ? {} : await readYaml(file);
  for (const { path } of fields) {
    const value = args[kebabCase(path)];
    if (value !== undefined) setField(config, path.split('.'), value);
  }
  return config;
}

function optionOf({ path, type, description, choices, default: usual }: FieldDescription): Options {
  const group = path.includes('.') ? `${path.slice(0, path.lastIndexOf('.'))}:` : 'Training:';
  return {
    describe: description,
    group,
    ...(usual !== undefined && { defaultDescription: String(usual) }),
    ...kindOf(type, choices),
  };
}

function kindOf(type: FieldDescription['type'], choices: readonly string[] | undefined): Options {
  switch (type) {
    case 'boolean':
      return { type: 'boolean' };
    case 'integer':
    case 'number':
      return { type: 'number', requiresArg: true };
    case 'numbers':
      return { type: 'number', array: true, requiresArg: true };
    case 'choice':
      return { type: 'string', choices: choices ?? [], requiresArg: true };
    default:
      return { type: 'string', requiresArg: true };
  }
}

async function readYaml(file: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    throw new ArgumentError(`there is no configuration ${file}; check the path`, { cause });
  }
  let value: unknown;
  try {
    value = parse(text);
  } catch (cause) {
    throw new FileFormatError(file, `this is no YAML: ${(cause as Error).message.trimEnd()}`, { cause });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new FileFormatError(file, 'it must have fields, as "steps: 1000"');
}

function setField(group: Record<string, unknown>, [name, ...below]: readonly string[], value: unknown): void {
  if (below.length === 0) {
    group[name!] = value;
    return;
  }
  const inner = group[name!];
  const isGroup = typeof inner === 'object' && inner !== null && !Array.isArray(inner);
  // What is no group where one is needed is told by who checks the configuration.
  const next = isGroup ? (inner as Record<string, unknown>) : {};
  if (inner === undefined || isGroup) group[name!] = next;
  setField(next, below, value);
}
