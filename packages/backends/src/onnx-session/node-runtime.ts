import { BackendError } from '@softvq/core';
import type { Runtime } from './engine.js';

/**
 * onnxruntime-node, loaded only when a backend is made. `backend` is its name, for the error.
 *
 * @throws BackendError that says how to install it.
 */
export async function loadNodeRuntime(backend: string): Promise<Runtime> {
  try {
    const module = await import('onnxruntime-node');
    return 'default' in module ? (module.default as Runtime) : module;
  } catch (cause) {
    throw new BackendError(
      `the ${backend} backend needs the package onnxruntime-node: ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node`,
      { cause },
    );
  }
}
