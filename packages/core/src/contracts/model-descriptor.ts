/** The JSON of a `config.json`. `_class_name` says which model it describes. */
export type SavedConfig = Readonly<Record<string, unknown>>;

/**
 * How models of one kind, tokenizers or generators, are saved and loaded: what a plugin registers. A package usually
 * has it in its default export.
 */
export interface ModelDescriptor<Model> {
  readonly specVersion: 1;
  /** The `name` of its models, and the `_class_name` of their configs. */
  readonly name: string;
  /**
   * The model that a config describes, with initial values.
   *
   * @throws ArgumentError, which says what to change, for a config that cannot be used.
   */
  create(config: SavedConfig): Model;
  /** What `create` makes the same model of, as JSON. `_class_name` is added. */
  configOf(model: Model): SavedConfig;
}
