export {
  createFromConfig,
  findGenerator,
  type GeneratorDescriptor,
  generatorNames,
  type LoadableGenerator,
  registerGenerator,
  savedConfigOf,
} from './generators.js';
export { findSampler, registerSampler, samplerNames } from './samplers.js';
