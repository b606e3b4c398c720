export { type BuiltInGenerator, configOf, createGenerator } from './create-generator.js';
export type { DiTConfig } from './dit-config.js';
export { type GeneratorConfig, type GeneratorFields, parseGeneratorConfig } from './generator-config.js';
export type { MARConfig } from './mar-config.js';
export type { SiTConfig } from './sit-config.js';
