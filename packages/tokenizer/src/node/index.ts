export { type FromPretrainedOptions, fromPretrained } from './from-pretrained.js';
export { savePretrained } from './save-pretrained.js';
