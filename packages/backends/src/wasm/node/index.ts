export type { WasmBackend, WasmOptions } from '../wasm-backend.js';
export { wasm } from './wasm.js';
