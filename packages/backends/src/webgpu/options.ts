import type { WebAssemblyOptions } from '../onnx-session/index.js';

/** The platform's type of that name, where its types are known. */
type PlatformType<Name extends string> =
  typeof globalThis extends Record<Name, { prototype: infer Type }> ? Type : object;

export interface WebgpuOptions extends Pick<WebAssemblyOptions, 'wasmPaths'> {
  /** A device to share with the application, which keeps it when the backend is disposed. In browsers only. */
  readonly device?: PlatformType<'GPUDevice'>;
  /** Which GPU to take where there are several and no device is given. In browsers only. */
  readonly powerPreference?: 'low-power' | 'high-performance';
}
