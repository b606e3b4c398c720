import type { LoadableTokenizer } from '@softvq/tokenizer';
import { TokenizerPipeline as PortableTokenizerPipeline } from '../pipeline/tokenizer-pipeline.js';
import type { FromPretrainedOptions } from './image-pipeline.js';
import { loadTokenizerOf } from './load-pipeline.js';

/** A `TokenizerPipeline` that is loaded from a web server. */
export class TokenizerPipeline extends PortableTokenizerPipeline<LoadableTokenizer> {
  /**
   * Opens a saved tokenizer, or that of a saved pipeline, by the address of its folder.
   *
   * @throws as `ImagePipeline.fromPretrained` does.
   */
  static async fromPretrained(
    source: string | URL,
    { backend, precision, ...options }: FromPretrainedOptions = {},
  ): Promise<TokenizerPipeline> {
    const tokenizer = await loadTokenizerOf(source, options);
    return new TokenizerPipeline({
      tokenizer,
      ...(backend && { backend }),
      ...(precision?.tokenizer && { precision: precision.tokenizer }),
    });
  }
}
