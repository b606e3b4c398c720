export type {
  Backend,
  BackendCapabilities,
  CompileOptions,
  DeviceBuffer,
  Executable,
} from './backend.js';
export type { Tokenizer } from './tokenizer.js';
