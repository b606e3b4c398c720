import { describeBackend } from '../src/conformance/index.js';
import { tfjs } from '../src/tfjs/index.js';
import { tfjsWasmGaps } from './gaps/tfjs.js';

describeBackend('tfjs wasm', () => tfjs({ device: 'wasm' }), { gaps: tfjsWasmGaps });
