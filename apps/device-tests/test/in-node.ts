import { cpu } from '@softvq/backends/cpu';
import { tfjs } from '@softvq/backends/tfjs';
import { wasm } from '@softvq/backends/wasm';
import { webgpu } from '@softvq/backends/webgpu';
import { openFile } from '@softvq/core/node';
import { ImagePipeline } from 'softvq/node';
import { deviceProofs } from '../proofs/device-proofs.js';

const fixtures = new URL('../../../fixtures/', import.meta.url);

/** The proofs in this process. */
export const inNode = deviceProofs({
  backends: { cpu, wasm, tfjs: () => tfjs({ device: 'wasm' }), webgpu },
  webgpu,
  // Here the engine has one device for all backends anyway.
  webgpuAgain: webgpu,
  fixture: (path) => openFile(new URL(path, fixtures).pathname),
  emoji: (backend) => ImagePipeline.fromPretrained('emoji-sit', { backend }),
  observe: () => ({}),
});
