export {
  type FromPretrainedOptions,
  fromPretrained,
  loadTokenizer,
  type TokenizerClass,
} from './from-pretrained.js';
export { loadDinoV2 } from './load-dinov2.js';
export { type LpipsFiles, loadDino, loadDinoV2Features, loadLpips } from './load-frozen-networks.js';
export { savePretrained } from './save-pretrained.js';
