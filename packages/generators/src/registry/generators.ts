import { type AnyGenerator, ArgumentError } from '@softvq/core';
import type { Module } from '@softvq/core/nn';
import { type BuiltInGenerator, configOf, createGenerator } from '../config/create-generator.js';
import { Registry } from './registry.js';

/** A generator that can be loaded: its tensors are taken over from a file by their names. */
export type LoadableGenerator = AnyGenerator & Pick<Module, 'loadStateDict'>;

/** The JSON of a `config.json`. `_class_name` says which generator it describes. */
export type SavedConfig = Readonly<Record<string, unknown>>;

/**
 * How generators of one kind are saved and loaded: what a plugin registers. A package usually has it as its default
 * export.
 */
export interface GeneratorDescriptor<G extends LoadableGenerator = LoadableGenerator> {
  readonly specVersion: 1;
  /** The `name` of its generators, and the `_class_name` of their configs. */
  readonly name: string;
  /**
   * The generator that a config describes, with initial values.
   *
   * @throws ArgumentError, which says what to change, for a config that cannot be used.
   */
  create(config: SavedConfig): G;
  /** What `create` makes the same generator of, as JSON. `_class_name` is added. */
  configOf(generator: G): SavedConfig;
}

const builtIn = ['SiT', 'DiT', 'MAR'].map(
  (name): GeneratorDescriptor<BuiltInGenerator> => ({
    specVersion: 1,
    name,
    create: (config) =>
      createGenerator({ ...config, _class_name: name } as Parameters<typeof createGenerator>[0]),
    configOf: (generator) => ({ ...configOf(generator) }),
  }),
);

const generators = new Registry<GeneratorDescriptor>('generator', builtIn);

/**
 * Makes generators loadable by their name, from saved folders and pipelines.
 *
 * @throws ArgumentError for another version of the contract, no name, or a name that is taken.
 */
export function registerGenerator<G extends LoadableGenerator>(descriptor: GeneratorDescriptor<G>): void {
  generators.register(descriptor);
}

/** @throws ArgumentError that lists what there is, when nothing is registered by the name. */
export function findGenerator(name: string): GeneratorDescriptor {
  return generators.find(name);
}

/** The names of all generators that can be loaded. */
export function generatorNames(): string[] {
  return generators.names();
}

/**
 * The generator that a `config.json` describes, with initial values: one that is registered by its `_class_name`, or,
 * where there is none, the one that the official file's fields tell.
 *
 * @throws ArgumentError, which says what to change, for a config that cannot be used.
 */
export function createFromConfig(json: unknown): LoadableGenerator {
  const config = json as SavedConfig | null | undefined;
  const name = config?.['_class_name'];
  if (typeof name !== 'string') return createGenerator(json as Parameters<typeof createGenerator>[0]);
  return findGenerator(name).create(config!);
}

/**
 * What a `config.json` says about a generator.
 *
 * @throws ArgumentError when generators of its name are not registered.
 */
export function savedConfigOf(generator: LoadableGenerator): SavedConfig {
  const { name } = generator;
  if (!generators.names().includes(name)) {
    throw new ArgumentError(
      `generators "${name}" cannot be saved, since nobody could load them: register them by registerGenerator()`,
    );
  }
  return { _class_name: name, ...findGenerator(name).configOf(generator) };
}
