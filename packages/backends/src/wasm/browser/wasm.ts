import { engineLoader } from '../../onnx-session/index.js';
import { createWasmBackend, type WasmBackend, type WasmOptions } from '../wasm-backend.js';

const loadEngine = engineLoader('wasm', () => import('onnxruntime-web/wasm'));

/**
 * ONNX Runtime in WebAssembly, in browsers and in Node. The engine is one for the whole page or process: the first
 * backend settles its threads and paths.
 *
 * @throws BackendError when the package onnxruntime-web is not installed or its files cannot be loaded, ArgumentError
 * for options that contradict those of an earlier backend.
 */
export async function wasm(options: WasmOptions = {}): Promise<WasmBackend> {
  return createWasmBackend(await loadEngine(), options);
}
