import { tfjs } from '@softvq/backends/tfjs';
import { wasm } from '@softvq/backends/wasm';
import { webgpu } from '@softvq/backends/webgpu';
import { type ByteSource, memorySource } from '@softvq/core/io';
import * as tf from '@tensorflow/tfjs';
import { ImagePipeline } from 'softvq/browser';
import { expose } from '../../../packages/backends/test/browser/expose.js';
import { watchGpu } from '../../../packages/backends/test/browser/gpu-traffic.js';
import { deviceProofs } from '../proofs/device-proofs.js';

// tfjs computes small tensors on the CPU unless told, and all tensors of these proofs are small.
tf.env().set('WEBGL_CPU_FORWARD', false);

async function fixture(path: string): Promise<ByteSource> {
  const response = await fetch(`/fixtures/${path}`);
  if (!response.ok) throw new Error(`there is no fixture ${path}`);
  return memorySource(new Uint8Array(await response.arrayBuffer()), path);
}

let device: Promise<GPUDevice> | undefined;

async function requestDevice(): Promise<GPUDevice> {
  const adapter = await navigator.gpu.requestAdapter();
  return adapter!.requestDevice();
}

const functions = deviceProofs({
  backends: { wasm, tfjs: () => tfjs({ tf, device: 'webgl' }), webgpu },
  webgpu,
  webgpuAgain: async () => {
    device ??= requestDevice();
    return webgpu({ device: await device });
  },
  fixture,
  emoji: (backend) => ImagePipeline.fromPretrained('/models/sit', { backend }),
  observe: watchGpu(),
});

export type DevicesPage = typeof functions;
expose(functions);
