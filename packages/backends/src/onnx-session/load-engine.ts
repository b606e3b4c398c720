import { BackendError } from '@softvq/core';
import type { Runtime } from './engine.js';
import { WebAssemblyEngine } from './web-assembly.js';

/**
 * Gives the one engine of a page or process, loaded when the first backend is made.
 *
 * @throws BackendError that says how to install it.
 */
export function engineLoader(
  backend: string,
  load: () => Promise<unknown>,
): () => Promise<WebAssemblyEngine> {
  let engine: Promise<WebAssemblyEngine> | undefined;
  return () => {
    engine ??= load().then(
      (runtime) => new WebAssemblyEngine(backend, runtime as Runtime),
      (cause: unknown) => {
        engine = undefined;
        throw new BackendError(
          `the ${backend} backend needs the package onnxruntime-web: npm install onnxruntime-web@1.30.0`,
          { cause },
        );
      },
    );
    return engine;
  };
}
