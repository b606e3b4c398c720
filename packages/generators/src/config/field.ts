import { ArgumentError } from '@softvq/core';

/** What a field of a config may be. */
export interface Field<T> {
  /** What it is when it is left out. */
  readonly absent: T | undefined;
  /** Whether it may be left out although nothing takes its place. */
  readonly optional?: boolean;
  readonly expected: string;
  readonly accepts: (value: unknown) => value is T;
}

export type Fields = Readonly<Record<string, Field<unknown>>>;

/** The values of a table of fields. */
export type ValuesOf<F extends Fields> = {
  readonly [Name in keyof F]: F[Name] extends Field<infer T> ? T : never;
};

/** A field that may be left out. */
export function optional<T>(field: Field<T>): Field<T | undefined> {
  return {
    absent: undefined,
    optional: true,
    expected: field.expected,
    accepts: (value): value is T | undefined => field.accepts(value),
  };
}

/** A whole number from 1, which must be there unless it has a default. */
export const size = (absent?: number): Field<number> => ({
  absent,
  expected: 'a whole number from 1',
  accepts: (value): value is number => Number.isSafeInteger(value) && Number(value) > 0,
});

export const positive = (absent: number): Field<number> => ({
  absent,
  expected: 'a number above 0',
  accepts: (value): value is number => Number.isFinite(value) && Number(value) > 0,
});

/** A number from 0 to 1. */
export const share = (absent: number): Field<number> => ({
  absent,
  expected: 'a number from 0 to 1',
  accepts: (value): value is number => Number.isFinite(value) && Number(value) >= 0 && Number(value) <= 1,
});

export const flag = (absent: boolean): Field<boolean> => ({
  absent,
  expected: 'true or false',
  accepts: (value): value is boolean => typeof value === 'boolean',
});

export const oneOf = <const T extends string>(choices: readonly T[], absent?: T): Field<T> => ({
  absent,
  expected: `one of ${choices.map((each) => JSON.stringify(each)).join(', ')}`,
  accepts: (value): value is T => choices.some((each) => each === value),
});

/** What the hub adds to describe a repository. */
const hubFields: readonly string[] = [
  'docs_url',
  'library_name',
  'license',
  'paper_url',
  'pipeline_tag',
  'repo_url',
  'tags',
];

/**
 * Checks what was given against a table and adds what was left out.
 *
 * @param what is read, for messages: `SiT`.
 * @throws ArgumentError, which says what to change, for a field that is unknown, missing or of the wrong type.
 */
export function readFields<F extends Fields>(
  what: string,
  fields: F,
  given: ReadonlyMap<string, unknown>,
): ValuesOf<F> {
  for (const name of given.keys()) {
    if (Object.hasOwn(fields, name) || hubFields.includes(name)) continue;
    throw new ArgumentError(
      `the config of a ${what} has the unknown field "${name}": correct its name, or remove it if the model does not depend on it; known are ${Object.keys(fields).join(', ')}`,
    );
  }
  const entries = Object.entries(fields).map(([name, { absent, optional = false, expected, accepts }]) => {
    const value = given.get(name) ?? absent;
    if (value === undefined && optional) return [name, undefined];
    if (value === undefined) throw new ArgumentError(`the config of a ${what} needs "${name}": ${expected}`);
    if (accepts(value)) return [name, value];
    throw new ArgumentError(
      `"${name}" of the config of a ${what} must be ${expected}, not ${JSON.stringify(value)}`,
    );
  });
  return Object.fromEntries(entries) as ValuesOf<F>;
}

/** What must not be, and what to do about it. */
export interface Rule<C> {
  readonly broken: (config: C) => boolean;
  readonly advice: string;
}

/** @throws ArgumentError with the advice of every rule that is broken. */
export function assertRules<C>(what: string, config: C, rules: readonly Rule<C>[]): void {
  const broken = rules.filter((rule) => rule.broken(config));
  if (broken.length === 0) return;
  throw new ArgumentError(
    `the config of the ${what} cannot be used: ${broken.map(({ advice }) => advice).join('; ')}`,
  );
}
