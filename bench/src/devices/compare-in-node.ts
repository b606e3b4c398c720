import { tfjs } from '@softvq/backends/tfjs';
import { wasm } from '@softvq/backends/wasm';
import { webgpu } from '@softvq/backends/webgpu';
import nodeRuntime from 'onnxruntime-node';
import * as wasmRuntime from 'onnxruntime-web';
import { bareSession } from './bare-session.js';
import { compareRates, ours } from './compare.js';
import { ofGpus, ofWebAssembly, rounds } from './sizes.js';

/** A process that compares the backends of Node and prints their rates: the page of the browser's comparison. */
const threads = Number(process.argv[2]);
const onWasm = () => wasm({ threads });
const onTfjs = () => tfjs({ device: 'wasm' });
const webAssembly = await compareRates(
  ofWebAssembly,
  [
    ours('wasm', onWasm),
    bareSession('bare wasm', {
      runtime: wasmRuntime,
      executionProvider: 'wasm',
      kernels: 'cpu',
      outputs: 'cpu',
      createBackend: onWasm,
    }),
    ours('tfjs', onTfjs),
  ],
  rounds.webAssembly,
);
const gpu = await compareRates(
  ofGpus,
  [
    ours('webgpu', webgpu),
    bareSession('bare webgpu', {
      runtime: nodeRuntime,
      executionProvider: 'webgpu',
      // In Node the engine aborts when a result that it left on the GPU is read.
      outputs: 'cpu',
      kernels: 'webgpu',
      createBackend: webgpu,
    }),
    ours('tfjs', onTfjs),
    ours('wasm', onWasm),
  ],
  rounds.gpu,
);
console.log(JSON.stringify({ webAssembly, gpu }));
