import type { WasmOptions } from '../../src/wasm/browser/index.js';
import { onnxRuntimeCpuGaps } from '../gaps/onnx-runtime-cpu.js';
import { describeInBrowser } from './describe-in-browser.js';

// With one thread it is tested in Node.
const options: WasmOptions = { threads: 2 };
describeInBrowser('wasm, 2 threads', { page: 'kit-wasm', options }, { gaps: onnxRuntimeCpuGaps });
