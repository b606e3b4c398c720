import type { Backend } from '@softvq/core';
import type { LoadableGenerator } from '@softvq/generators';
import type { HubOptions } from '@softvq/hub';
import type { LoadableTokenizer } from '@softvq/tokenizer';
import { ImagePipeline as PortableImagePipeline } from '../pipeline/image-pipeline.js';
import type { PipelineParts, PipelinePrecision } from '../pipeline/pipeline-parts.js';
import { type DeviceName, type DeviceOptions, openDevice } from './devices.js';
import { loadPipelineParts } from './load-pipeline.js';
import { packageOf } from './plugins.js';
import { type SavePipelineOptions, savePipeline } from './save-pipeline.js';

/** Parts that can be saved. */
export interface SavablePipelineParts extends PipelineParts {
  readonly tokenizer: LoadableTokenizer;
  readonly generator: LoadableGenerator;
  /**
   * The npm package that registers the tokenizer, for plugins: who loads the pipeline needs it. Default the one that
   * `loadPlugin` had it from.
   */
  readonly tokenizerModule?: string;
  /** That of the generator. */
  readonly generatorModule?: string;
}

/** The options of the hub are for what is downloaded. */
export interface FromPretrainedOptions extends HubOptions, DeviceOptions {
  /** What computes, by name; the pipeline opens and disposes it. Default `cpu`. */
  readonly device?: DeviceName;
  /** What computes, in place of a device; it stays its owner's. */
  readonly backend?: Backend;
  /** What its networks are computed in. Layers to keep have their names in `stateDict`. */
  readonly precision?: PipelinePrecision;
}

/** An `ImagePipeline` that is loaded from files and saved to files. */
export class ImagePipeline extends PortableImagePipeline {
  declare readonly tokenizer: LoadableTokenizer;
  declare readonly generator: LoadableGenerator;
  readonly tokenizerModule: string | undefined;
  readonly generatorModule: string | undefined;
  /** What `fromPretrained` opened. */
  #ownedBackend: Backend | undefined;

  /** Throws as that of the class it extends does. */
  constructor(parts: SavablePipelineParts) {
    super(parts);
    const { tokenizer, tokenizerModule, generator, generatorModule } = parts;
    this.tokenizerModule = tokenizerModule ?? packageOf('tokenizer', tokenizer.name);
    this.generatorModule = generatorModule ?? packageOf('generator', generator.name);
  }

  /** The pipeline of a tokenizer and a generator at hand. Throws as the constructor does. */
  static override fromParts(parts: SavablePipelineParts): ImagePipeline {
    return new ImagePipeline(parts);
  }

  /**
   * Opens a saved pipeline: a folder with `pipeline.json`, a model that is an npm package (`emoji-sit`), or one on the
   * hub, `owner/name` or `owner/name@revision`, which is downloaded once into the cache of the machine.
   *
   *     const pipeline = await ImagePipeline.fromPretrained('emoji-sit');
   *     const { pictures } = await pipeline.generate({ classes: 'bird', count: 4 });
   *
   * @throws ArgumentError when the source is none of these; HubError when it cannot be downloaded; FileFormatError for
   * a file that is missing or malformed, and for parts that do not belong together; BackendError when the device is
   * not available; the signal's reason once it is aborted.
   */
  static async fromPretrained(
    source: string,
    { device, backend, threads, precision, ...hub }: FromPretrainedOptions = {},
  ): Promise<ImagePipeline> {
    const loaded = await loadPipelineParts(source, hub);
    const parts = { ...loaded, ...(precision && { precision }) };
    if (backend !== undefined) return new ImagePipeline({ ...parts, backend });
    const opened = await openDevice(device, threads === undefined ? {} : { threads });
    const pipeline = new ImagePipeline({ ...parts, backend: opened });
    pipeline.#ownedBackend = opened;
    return pipeline;
  }

  /**
   * Writes the pipeline as a folder that `fromPretrained` opens: `pipeline.json`, `tokenizer/` (unless it is shared)
   * and `generator/`. The folder appears when everything is written, in place of an older pipeline; otherwise nothing
   * changes.
   *
   * @throws ArgumentError when the folder holds something else, a part is not registered, or the tokenizer to
   * share is another one or not beside the folder; the errors of Node when it cannot be written.
   */
  async save(folder: string, options: SavePipelineOptions = {}): Promise<void> {
    await savePipeline(this, folder, options);
  }

  override async dispose(): Promise<void> {
    await super.dispose();
    await this.#ownedBackend?.dispose();
    this.#ownedBackend = undefined;
  }
}
