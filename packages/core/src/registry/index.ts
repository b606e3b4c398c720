export { ModelRegistry } from './model-registry.js';
export { type Registered, Registry } from './registry.js';
