import { ArgumentError, type Backend, BackendError, messageOf } from '@softvq/core';
import { nearestNames } from '../pipeline/nearest-names.js';

export interface DeviceOptions {
  /** How many threads compute, on devices that have threads. Default one a core. */
  readonly threads?: number;
}

interface Device {
  readonly description: string;
  readonly open: (options: DeviceOptions) => Promise<Backend>;
}

/** What can compute here. An engine is loaded when it is opened. */
const devices = {
  cpu: {
    description: 'ONNX Runtime on the processor',
    open: async (options) => (await import('@softvq/backends/cpu')).cpu(options),
  },
  cuda: {
    description: 'ONNX Runtime on NVIDIA graphics cards',
    open: async () => (await import('@softvq/backends/cuda')).cuda(),
  },
  webgpu: {
    description: 'ONNX Runtime on the graphics card',
    open: async () => (await import('@softvq/backends/webgpu')).webgpu(),
  },
  wasm: {
    description: 'ONNX Runtime as WebAssembly',
    open: async (options) => (await import('@softvq/backends/wasm')).wasm(options),
  },
  tfjs: {
    description: 'TensorFlow.js',
    open: async () => (await import('@softvq/backends/tfjs')).tfjs(),
  },
  reference: {
    description: 'a slow interpreter in double precision, to compare with',
    open: async () => (await import('@softvq/backends/reference')).reference(),
  },
} as const satisfies Readonly<Record<string, Device>>;

export type DeviceName = keyof typeof devices;

export const deviceNames = Object.keys(devices) as readonly DeviceName[];

/**
 * Opens what computes.
 *
 * @throws ArgumentError for a name that is none, BackendError when it is not available here, saying why.
 */
export async function openDevice(name: string = 'cpu', options: DeviceOptions = {}): Promise<Backend> {
  const device = (devices as Readonly<Record<string, Device>>)[name];
  if (device !== undefined) return device.open(options);
  const near = nearestNames(name, deviceNames);
  const meant = near.length > 0 ? `; did you mean ${near.join(' or ')}?` : '';
  throw new ArgumentError(`there is no device "${name}", only ${deviceNames.join(', ')}${meant}`);
}

/** A device, and whether it is available here. */
export interface DeviceStatus {
  readonly name: DeviceName;
  readonly description: string;
  readonly available: boolean;
  /** Why not. */
  readonly reason?: string;
}

/** Tries every device. */
export async function describeDevices(): Promise<DeviceStatus[]> {
  const statuses: DeviceStatus[] = [];
  for (const name of deviceNames) {
    const { description } = devices[name];
    try {
      const backend = await openDevice(name);
      await backend.dispose();
      statuses.push({ name, description, available: true });
    } catch (error) {
      if (!(error instanceof BackendError)) throw error;
      statuses.push({ name, description, available: false, reason: messageOf(error) });
    }
  }
  return statuses;
}
