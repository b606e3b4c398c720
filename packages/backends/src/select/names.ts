import type { CpuOptions } from '../cpu/index.js';
import type { CudaOptions } from '../cuda/index.js';
import type { TfjsOptions } from '../tfjs/index.js';
import type { WasmOptions } from '../wasm/browser/index.js';
import type { WebgpuOptions } from '../webgpu/browser/index.js';

/** The options that each backend is made with. */
export interface BackendOptions {
  readonly cuda: CudaOptions;
  readonly webgpu: WebgpuOptions;
  readonly cpu: CpuOptions;
  readonly wasm: WasmOptions;
  readonly tfjs: TfjsOptions;
}

export type BackendName = keyof BackendOptions;
