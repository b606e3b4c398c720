import type { Backend } from '@softvq/core';
import type { LoadableGenerator } from '@softvq/generators';
import type { LoadableTokenizer } from '@softvq/tokenizer';
import { ImagePipeline as PortableImagePipeline } from '../pipeline/image-pipeline.js';
import type { PipelinePrecision } from '../pipeline/pipeline-parts.js';
import type { DownloadOptions } from './download.js';
import { loadPipelineParts } from './load-pipeline.js';

export interface FromPretrainedOptions extends DownloadOptions {
  /** What computes; it stays its owner's. Default the default backend at the first use. */
  readonly backend?: Backend;
  /** What its networks are computed in. Layers to keep have their names in `stateDict`. */
  readonly precision?: PipelinePrecision;
}

/** An `ImagePipeline` that is loaded from a web server. */
export class ImagePipeline extends PortableImagePipeline {
  declare readonly tokenizer: LoadableTokenizer;
  declare readonly generator: LoadableGenerator;

  /**
   * Opens a saved pipeline by its address: that of a folder with `pipeline.json`, from which the addresses of its
   * tokenizer and its generator are known. Relative ones count from the page.
   *
   *     const { backend } = await selectBackend();
   *     const pipeline = await ImagePipeline.fromPretrained('/models/sit', { backend });
   *     const { pictures } = await pipeline.generate({ classes: 'bird', count: 4 });
   *
   * @throws ArgumentError for what is no address, or a generator that is not registered; DownloadError for a file that
   * cannot be had; FileFormatError for one that is malformed, and for parts that do not belong together; the signal's
   * reason once it is aborted.
   */
  static async fromPretrained(
    source: string | URL,
    { backend, precision, ...options }: FromPretrainedOptions = {},
  ): Promise<ImagePipeline> {
    const parts = await loadPipelineParts(source, options);
    return new ImagePipeline({ ...parts, ...(backend && { backend }), ...(precision && { precision }) });
  }
}
