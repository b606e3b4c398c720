import { describeBackend } from '../src/conformance/index.js';
import { webgpu } from '../src/webgpu/node/index.js';
import { webgpuGaps, webgpuTolerance } from './gaps/webgpu.js';

describeBackend('webgpu', () => webgpu(), { gaps: webgpuGaps, tolerance: webgpuTolerance });
