import * as tf from '@tensorflow/tfjs';
import { type TfjsOptions, tfjs } from '../../../src/tfjs/index.js';
import { expose } from '../expose.js';
import { kitFunctions } from '../kit-functions.js';

/** Where Vite puts the files of the wasm device. */
const wasmPaths = {
  'tfjs-backend-wasm.wasm': asset(
    new URL(
      '../../../../../node_modules/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm',
      import.meta.url,
    ),
  ),
  'tfjs-backend-wasm-simd.wasm': asset(
    new URL(
      '../../../../../node_modules/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm',
      import.meta.url,
    ),
  ),
  'tfjs-backend-wasm-threaded-simd.wasm': asset(
    new URL(
      '../../../../../node_modules/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm',
      import.meta.url,
    ),
  ),
};

function asset({ href }: URL): string {
  return href;
}

/** The conformance kit on the tfjs backend, in the application's own tfjs. */
expose(
  kitFunctions(async (options: TfjsOptions) => {
    // tfjs computes small tensors on the CPU unless told, and all tensors of the kit are small.
    tf.env().set('WEBGL_CPU_FORWARD', false);
    return tfjs({ ...options, tf, wasmPaths });
  }),
);
