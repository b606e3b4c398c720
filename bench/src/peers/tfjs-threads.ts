import { createRequire } from 'node:module';
import os from 'node:os';
import workerThreads, { type Worker } from 'node:worker_threads';

type Tfjs = typeof import('@tensorflow/tfjs');

/**
 * Starts the multi-threaded build of tfjs' WebAssembly backend, which browsers get on an isolated page. The library
 * rules it out on Node (tensorflow/tfjs#3830), since it hands its workers blob addresses, which Node's cannot open; so
 * here they get the same code from the package's files.
 */
export async function threadedWasm(tf: Tfjs, threads: number): Promise<boolean> {
  const require = createRequire(import.meta.url);
  const folder = '@tensorflow/tfjs-backend-wasm/wasm-out';
  const { wasmWorkerContents } = require(`${folder}/tfjs-backend-wasm-threaded-simd.worker.js`) as {
    wasmWorkerContents: string;
  };
  // As the library does before it makes a blob of it: the line ends stand in string literals.
  const source = wasmWorkerContents.replace(/\n/g, '\\n');
  const main = require.resolve(`${folder}/tfjs-backend-wasm-threaded-simd.js`);
  const workers: Worker[] = [];
  class FileWorker extends workerThreads.Worker {
    constructor() {
      super(source, { eval: true });
      workers.push(this);
    }

    override postMessage(message: { readonly cmd?: string }): void {
      super.postMessage(message.cmd === 'load' ? { ...message, urlOrBlob: main } : message);
    }
  }

  const restore = [
    replace(workerThreads, 'Worker', FileWorker),
    // The build makes one thread for two logical cores, whatever `setThreadsCount` said.
    replace(os, 'cpus', () => Array.from({ length: 2 * threads }, () => ({}))),
    // The library puts Node's worker here, where others take it for the browser's.
    replace(globalThis, 'Worker', Reflect.get(globalThis, 'Worker')),
  ];
  try {
    tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', true);
    return await tf.setBackend('wasm');
  } finally {
    for (const back of restore) back();
    // They are waited for by blocking, never through the event loop, which may end without them.
    for (const worker of workers) worker.unref();
  }
}

/** Sets a property and returns a function that puts the old one back. */
function replace(owner: object, name: string, value: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(owner, name);
  Object.defineProperty(owner, name, { value, configurable: true, writable: true, enumerable: true });
  return () => {
    if (before === undefined) Reflect.deleteProperty(owner, name);
    else Object.defineProperty(owner, name, before);
  };
}
