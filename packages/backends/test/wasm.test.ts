import { describeBackend } from '../src/conformance/index.js';
import { wasm } from '../src/wasm/node/index.js';
import { onnxRuntimeCpuGaps } from './gaps/onnx-runtime-cpu.js';

describeBackend('wasm', () => wasm({ threads: 1 }), { gaps: onnxRuntimeCpuGaps });
