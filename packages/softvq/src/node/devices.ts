import { type BackendName, describeBackends, selectBackend } from '@softvq/backends';
import { ArgumentError, type Backend } from '@softvq/core';
import { nearestNames } from '../pipeline/nearest-names.js';

export interface DeviceOptions {
  /** How many threads compute, on devices that have threads. Default one a core. */
  readonly threads?: number;
}

/** What can compute here. */
const devices = {
  cpu: 'ONNX Runtime on the processor',
  cuda: 'ONNX Runtime on NVIDIA graphics cards',
  webgpu: 'ONNX Runtime on the graphics card',
  wasm: 'ONNX Runtime as WebAssembly',
  tfjs: 'TensorFlow.js',
  reference: 'a slow interpreter in double precision, to compare with',
} as const satisfies Readonly<Record<BackendName | 'reference', string>>;

type Device = keyof typeof devices;

/** `auto` is the first of `cuda`, `webgpu`, `cpu`, `wasm` and `tfjs` that is worth having here. */
export type DeviceName = Device | 'auto';

export const deviceNames: readonly DeviceName[] = ['auto', ...(Object.keys(devices) as Device[])];

/**
 * Opens what computes. Nothing of other engines is loaded.
 *
 * @throws ArgumentError for a name that is none, BackendError when it is not available here, saying why.
 */
export async function openDevice(name: string = 'cpu', { threads }: DeviceOptions = {}): Promise<Backend> {
  assertDevice(name);
  if (name === 'reference') return (await import('@softvq/backends/reference')).reference();
  const { backend } = await selectBackend({
    ...(name !== 'auto' && { order: [name] }),
    ...(threads !== undefined && { options: { cpu: { threads }, wasm: { threads } } }),
  });
  return backend;
}

function assertDevice(name: string): asserts name is DeviceName {
  if (deviceNames.some((each) => each === name)) return;
  const near = nearestNames(name, deviceNames);
  const meant = near.length > 0 ? `; did you mean ${near.join(' or ')}?` : '';
  throw new ArgumentError(`there is no device "${name}", only ${deviceNames.join(', ')}${meant}`);
}

/** A device, and whether it is available here. */
export interface DeviceStatus {
  readonly name: Device;
  readonly description: string;
  readonly available: boolean;
  /** Why not, or why `auto` passes over it. */
  readonly reason?: string;
}

/** Tries every device. */
export async function describeDevices(): Promise<DeviceStatus[]> {
  const backends = await describeBackends();
  return Object.entries(devices).map(([key, description]): DeviceStatus => {
    const name = key as Device;
    // The interpreter needs no engine.
    if (name === 'reference') return { name, description, available: true };
    const { available, ...found } = backends.find((each) => each.name === name)!;
    const reason = 'reason' in found ? found.reason : found.objection;
    return { name, description, available, ...(reason !== undefined && { reason }) };
  });
}
