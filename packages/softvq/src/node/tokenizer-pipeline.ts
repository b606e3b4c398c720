import type { Backend } from '@softvq/core';
import type { LoadableTokenizer } from '@softvq/tokenizer';
import { fromPretrained as loadTokenizer } from '@softvq/tokenizer/node';
import { TokenizerPipeline as PortableTokenizerPipeline } from '../pipeline/tokenizer-pipeline.js';
import { openDevice } from './devices.js';
import { findPart } from './find-part.js';
import type { FromPretrainedOptions } from './image-pipeline.js';

/** A `TokenizerPipeline` that is loaded from files. */
export class TokenizerPipeline extends PortableTokenizerPipeline<LoadableTokenizer> {
  /** What `fromPretrained` opened. */
  #ownedBackend: Backend | undefined;

  /**
   * Opens a saved tokenizer, or that of a saved pipeline: a folder, a file of weights with `config.json` beside it, a
   * model that is an npm package (`emoji-tokenizer`), or one on the hub.
   *
   * @throws as `ImagePipeline.fromPretrained` does.
   */
  static async fromPretrained(
    source: string,
    { device, backend, threads, precision, ...hub }: FromPretrainedOptions = {},
  ): Promise<TokenizerPipeline> {
    hub.signal?.throwIfAborted();
    const { path } = await findPart(source, 'tokenizer', hub);
    const tokenizer = await loadTokenizer(path, hub);
    const parts = { tokenizer, ...(precision?.tokenizer && { precision: precision.tokenizer }) };
    if (backend !== undefined) return new TokenizerPipeline({ ...parts, backend });
    const opened = await openDevice(device, threads === undefined ? {} : { threads });
    const pipeline = new TokenizerPipeline({ ...parts, backend: opened });
    pipeline.#ownedBackend = opened;
    return pipeline;
  }

  override async dispose(): Promise<void> {
    await super.dispose();
    await this.#ownedBackend?.dispose();
    this.#ownedBackend = undefined;
  }
}
