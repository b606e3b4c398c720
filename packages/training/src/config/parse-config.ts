import { ArgumentError } from '@softvq/core';
import type * as z from 'zod';
import { describeFields, type FieldDescription } from './describe-fields.js';
import { nearestName } from './nearest-name.js';

/**
 * Checks a configuration and adds the defaults of what it leaves out.
 *
 * @param what the configuration is called in messages.
 * @throws ArgumentError that names every field that is wrong, what was wrong, and what is allowed; fields that do not
 * exist come with the one that was probably meant.
 */
export function parseConfig<Schema extends z.ZodType>(
  what: string,
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const fields = describeFields(schema);
  const problems = parsed.error.issues.flatMap((issue) => problemsOf(issue, value, fields));
  throw new ArgumentError(`${what} cannot be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
}

function problemsOf(issue: z.core.$ZodIssue, config: unknown, fields: readonly FieldDescription[]): string[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownField([...path, key].join('.'), fields));
  }
  const found = path.reduce<unknown>(
    (inner, key) => (isObject(inner) ? inner[key] : Array.isArray(inner) ? inner[Number(key)] : undefined),
    config,
  );
  const field = fieldAt(path, fields);
  // Rules between fields say for themselves what they want.
  if (issue.code === 'custom') return [`${path.join('.')}: ${issue.message}`];
  if (field === undefined) {
    const group = path.length === 0 ? 'the configuration' : path.join('.');
    return [`${group} is ${show(found)}; it must be a group of fields`];
  }
  const meaning = `${field.allowed} (${field.description})`;
  if (found === undefined) return [`${field.path} is missing; it must be ${meaning}`];
  return [`${path.join('.')} is ${show(found)}; ${field.path} must be ${meaning}`];
}

/** The field of a path that may lead into it, as to a number of a list. */
function fieldAt(path: readonly string[], fields: readonly FieldDescription[]): FieldDescription | undefined {
  const [whole, parent] = [path.join('.'), path.slice(0, -1).join('.')];
  return (
    fields.find((field) => field.path === whole) ??
    fields.find((field) => field.path === parent && field.type === 'numbers')
  );
}

function unknownField(path: string, fields: readonly FieldDescription[]): string {
  const nearest = nearestName(
    path,
    fields.map((field) => field.path),
  );
  const advice = nearest === undefined ? 'remove it' : `did you mean ${nearest}?`;
  return `${path} is no field; ${advice}`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
