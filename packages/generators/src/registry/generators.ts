import { type AnyGenerator, type ModelDescriptor, ModelRegistry, type SavedConfig } from '@softvq/core';
import type { Module } from '@softvq/core/nn';
import { type BuiltInGenerator, configOf, createGenerator } from '../config/create-generator.js';

/** A generator that can be loaded: its tensors are taken over from a file by their names. */
export type LoadableGenerator = AnyGenerator & Pick<Module, 'loadStateDict'>;

/** How generators of one kind are saved and loaded. */
export type GeneratorDescriptor<G extends LoadableGenerator = LoadableGenerator> = ModelDescriptor<G>;

const builtIn = ['SiT', 'DiT', 'MAR'].map(
  (name): GeneratorDescriptor<BuiltInGenerator> => ({
    specVersion: 1,
    name,
    create: (config) =>
      createGenerator({ ...config, _class_name: name } as Parameters<typeof createGenerator>[0]),
    configOf: (generator) => ({ ...configOf(generator) }),
  }),
);

const generators = new ModelRegistry<LoadableGenerator>('generator', builtIn, createGenerator);

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
  return generators.create(json);
}

/**
 * What a `config.json` says about a generator.
 *
 * @throws ArgumentError when generators of its name are not registered.
 */
export function savedConfigOf(generator: LoadableGenerator): SavedConfig {
  return generators.configOf(generator);
}
