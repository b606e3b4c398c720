import type { WasmOptions } from '../../src/wasm/browser/index.js';
import { onnxRuntimeCpuGaps } from '../gaps/onnx-runtime-cpu.js';
import { describeInBrowser } from './describe-in-browser.js';

for (const threads of [1, 2]) {
  const options: WasmOptions = { threads };
  describeInBrowser(`wasm, threads: ${threads}`, { page: 'kit-wasm', options }, { gaps: onnxRuntimeCpuGaps });
}
