import { BackendError } from '@softvq/core';
import type * as OnnxRuntime from 'onnxruntime-node';

export type Runtime = typeof OnnxRuntime;
export type Session = OnnxRuntime.InferenceSession;
export type EngineTensor = OnnxRuntime.Tensor;
export type SessionOptions = OnnxRuntime.InferenceSession.SessionOptions;

/**
 * The engine, loaded only when a backend is made.
 *
 * @throws BackendError that says how to install it.
 */
export async function loadRuntime(): Promise<Runtime> {
  try {
    const module = await import('onnxruntime-node');
    return 'default' in module ? (module.default as Runtime) : module;
  } catch (cause) {
    throw new BackendError(
      'the cpu backend needs the package onnxruntime-node: ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node',
      { cause },
    );
  }
}
