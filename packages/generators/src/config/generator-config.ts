import { ArgumentError } from '@softvq/core';
import { type DiTConfig, ditFields, ditRules } from './dit-config.js';
import { assertRules, type Fields, type Rule, readFields, type ValuesOf } from './field.js';
import { type MARConfig, marFields, marRules } from './mar-config.js';
import { type SiTConfig, sitFields, sitRules } from './sit-config.js';

/**
 * The `config.json` of a generator, by the field names of the official files. Beyond them, `_class_name` says which
 * generator it is, and some fields say what official files leave to the command line.
 */
export type GeneratorConfig = SiTConfig | DiTConfig | MARConfig;

/** Any of its fields. */
export type GeneratorFields = Partial<SiTConfig> | Partial<DiTConfig> | Partial<MARConfig>;

/** Fields that only one kind of generator has in official files. */
const telling = {
  SiT: ['path_type', 'decoder_hidden_size', 'use_cfg'],
  DiT: ['learn_sigma'],
  MAR: ['encoder_embed_dim', 'diffloss_w', 'vae_embed_dim'],
} as const;

type ClassName = keyof typeof telling;

const classNames = Object.keys(telling) as readonly ClassName[];

/**
 * Checks the parsed JSON of a `config.json` and adds what it leaves out. `null` counts as left out. Official files,
 * which do not say what they describe, are recognised by their fields.
 *
 * @throws ArgumentError, which says what to change, for a field that is unknown, missing, of the wrong type, at odds
 * with another, or that asks for what this library does not have.
 */
export function parseGeneratorConfig(json: unknown): GeneratorConfig {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new ArgumentError('the config of a generator must be a JSON object');
  }
  const given = new Map<string, unknown>(Object.entries(json).filter(([, value]) => value !== null));
  const name = classNameOf(given);
  switch (name) {
    case 'SiT':
      return checked(name, sitFields, sitRules, given);
    case 'DiT':
      return checked(name, ditFields, ditRules, given);
    case 'MAR':
      return checked(name, marFields, marRules, given);
  }
}

function checked<F extends Fields>(
  name: ClassName,
  fields: F,
  rules: readonly Rule<ValuesOf<F>>[],
  given: ReadonlyMap<string, unknown>,
): ValuesOf<F> {
  const config = readFields(name, fields, given);
  assertRules(name, config, rules);
  return config;
}

function classNameOf(given: ReadonlyMap<string, unknown>): ClassName {
  const said = given.get('_class_name');
  if (said !== undefined) {
    const known = classNames.find((name) => name === said);
    if (known !== undefined) return known;
    throw new ArgumentError(
      `"_class_name" must be one of ${classNames.join(', ')}, not ${JSON.stringify(said)}`,
    );
  }
  const fitting = classNames.filter((name) => telling[name].some((field) => given.has(field)));
  if (fitting.length === 1) return fitting[0]!;
  throw new ArgumentError(
    `the config does not tell ${fitting.length === 0 ? 'which generator it describes' : `whether it describes a ${fitting.join(' or a ')}`}: set "_class_name" to one of ${classNames.join(', ')}`,
  );
}
