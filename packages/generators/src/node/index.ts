export {
  type FromPretrainedOptions,
  fromPretrained,
  type GeneratorClass,
  loadGenerator,
} from './from-pretrained.js';
export { savePretrained } from './save-pretrained.js';
