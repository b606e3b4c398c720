import { BackendError } from '@softvq/core';
import { type Engine, isWebgl, type Tf } from './engine.js';

/** What tfjs gives the WebGL device when it chooses one by itself. */
const webglPriority = 2;

/** Browsers take WebGL contexts away, and tfjs goes on without: it reads zeros then. */
function isLost(instance: Engine['instance']): boolean {
  return isWebgl(instance) && instance.gpgpu.gl.isContextLost();
}

/** @throws BackendError once the browser took the device's WebGL context away. */
export function assertContext({ device, instance }: Engine): void {
  if (!isLost(instance)) return;
  throw new BackendError(
    `the tfjs backend lost its ${device} context, and all tensors in it; dispose it, make another with tfjs({ device: 'webgl' }) and upload again`,
  );
}

/** Gives tfjs a new WebGL device where the present one has lost its context. */
export function replaceLostContext(tf: Tf): void {
  const instance = tf.findBackend('webgl') as Engine['instance'] | null | undefined;
  if (instance === null || instance === undefined || !isLost(instance)) return;
  const factory = tf.findBackendFactory('webgl');
  tf.removeBackend('webgl');
  tf.registerBackend('webgl', factory, webglPriority);
}
