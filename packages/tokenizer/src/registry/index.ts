export {
  createFromConfig,
  findTokenizer,
  type LoadableTokenizer,
  registerTokenizer,
  savedConfigOf,
  type TokenizerDescriptor,
  tokenizerNames,
} from './tokenizers.js';
