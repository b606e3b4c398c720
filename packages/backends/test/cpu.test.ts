import { describeBackend } from '../src/conformance/index.js';
import { cpu } from '../src/cpu/index.js';
import { onnxRuntimeCpuGaps } from './gaps/onnx-runtime-cpu.js';

describeBackend('cpu', () => cpu({ threads: 2 }), { gaps: onnxRuntimeCpuGaps });
