import type { ModelDescriptor, SavedConfig } from '../contracts/index.js';
import { ArgumentError } from '../errors.js';
import { Registry } from './registry.js';

/** Kinds of tokenizers, or of generators, by the name that is in the config of what was saved. */
export class ModelRegistry<Model extends { readonly name: string }> extends Registry<ModelDescriptor<Model>> {
  readonly #official: (json: object) => Model;

  /**
   * @param kind what they are called in errors: `generator`.
   * @param official makes a model of a config without a `_class_name`, as the official files are, or refuses it.
   */
  constructor(kind: string, builtIn: readonly ModelDescriptor<Model>[], official: (json: object) => Model) {
    super(kind, builtIn);
    this.#official = official;
  }

  /**
   * The model that a `config.json` describes, with initial values.
   *
   * @throws ArgumentError, which says what to change, for a config that cannot be used.
   */
  create(json: unknown): Model {
    const config = json as SavedConfig | null | undefined;
    const name = config?.['_class_name'];
    return typeof name === 'string' ? this.find(name).create(config!) : this.#official(config!);
  }

  /**
   * What a `config.json` says about a model.
   *
   * @throws ArgumentError when models of its name are not registered.
   */
  configOf(model: Model): SavedConfig {
    const { name } = model;
    if (!this.names().includes(name)) {
      throw new ArgumentError(
        `the ${this.kind} "${name}" cannot be saved, since nobody could load it; register its kind first`,
      );
    }
    return { _class_name: name, ...this.find(name).configOf(model) };
  }
}
