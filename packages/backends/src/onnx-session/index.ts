export type { DeviceMemory, SessionInputs, SessionOutputs } from './device-memory.js';
export type { EngineTensor, Runtime, Session, SessionOptions } from './engine.js';
export { feedsOf } from './feeds.js';
export { HostMemory, hostArray } from './host-memory.js';
export { identityInput, identityModel, identityOutput } from './identity-model.js';
export { int8Lowering } from './largest-int8.js';
export { engineLoader } from './load-engine.js';
export { Queue } from './queue.js';
export {
  createSessionBackend,
  type LoweredForEngine,
  type SessionBackendOptions,
} from './session-backend.js';
export type { WebAssemblyEngine, WebAssemblyOptions } from './web-assembly.js';
