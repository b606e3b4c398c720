import { BackendError } from '@softvq/core';
import type { Engine, Tf } from './engine.js';
import { replaceLostContext } from './lost-context.js';

/** The backends of tfjs: the first and the last come with it, the others are packages of their own. */
export type TfjsDevice = 'webgl' | 'webgpu' | 'wasm' | 'cpu';

export interface RuntimeOptions {
  readonly tf?: Tf | undefined;
  readonly device?: TfjsDevice | undefined;
  readonly wasmPaths?: string | Readonly<Record<string, string>> | undefined;
}

/**
 * tfjs, loaded only when a backend is made, with the wanted device ready.
 *
 * @throws BackendError that says how to install what is missing, or which device tfjs could not start.
 */
export async function openEngine({ tf: given, device, wasmPaths }: RuntimeOptions): Promise<Engine> {
  const tf = given ?? (await loadTf());
  if (device !== undefined) await startDevice(tf, device, wasmPaths);
  await tf.ready();
  const current = tf.getBackend();
  return { tf, device: current, instance: tf.findBackend(current) };
}

async function loadTf(): Promise<Tf> {
  try {
    return await import('@tensorflow/tfjs');
  } catch (cause) {
    throw missingPackage('@tensorflow/tfjs', cause);
  }
}

/** Makes a device the current one of tfjs. The previous one stays it if this fails. */
async function startDevice(
  tf: Tf,
  device: TfjsDevice,
  wasmPaths: RuntimeOptions['wasmPaths'],
): Promise<void> {
  if (device === 'webgl') replaceLostContext(tf);
  if (device === 'wasm') await registerWasm(wasmPaths);
  if (device === 'webgpu') await registerWebgpu();
  const previous: string | undefined = tf.getBackend();
  const refusal = await tf.setBackend(device).then(
    (started) => (started ? undefined : new Error(`tf.setBackend('${device}') gave false`)),
    (error: Error) => error,
  );
  if (refusal === undefined) return;
  if (previous !== undefined) await tf.setBackend(previous);
  throw new BackendError(`tfjs could not start its ${device} backend: ${refusal.message}`, {
    cause: refusal,
  });
}

/** Paths count only for the first to start the device, as in tfjs itself. */
async function registerWasm(wasmPaths: RuntimeOptions['wasmPaths']): Promise<void> {
  try {
    const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
    if (wasmPaths !== undefined) setWasmPaths(wasmPaths);
  } catch (cause) {
    throw missingPackage('@tensorflow/tfjs-backend-wasm', cause);
  }
}

async function registerWebgpu(): Promise<void> {
  try {
    await import('@tensorflow/tfjs-backend-webgpu');
  } catch (cause) {
    throw missingPackage('@tensorflow/tfjs-backend-webgpu', cause);
  }
}

function missingPackage(name: string, cause: unknown): BackendError {
  return new BackendError(`the tfjs backend needs the package ${name}: npm install ${name}@4.22.0`, {
    cause,
  });
}
