export type {
  Backend,
  BackendCapabilities,
  CompileOptions,
  DeviceBuffer,
  Executable,
} from './backend.js';
