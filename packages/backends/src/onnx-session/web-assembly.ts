import { ArgumentError, BackendError } from '@softvq/core';
import type { Runtime, SessionOptions } from './engine.js';
import { identityModel } from './identity-model.js';
import { Queue } from './queue.js';
import { defaultThreads, mostThreads } from './threads.js';

/** Where the files of ONNX Runtime are: the URL of a folder that ends in a slash, or the URL of each. */
export type WasmPaths = string | { readonly wasm?: string | URL; readonly mjs?: string | URL };

export interface WebAssemblyOptions {
  /**
   * How many threads compute; the default is one a core, at most four. Where memory cannot be shared between threads,
   * which is so on pages that are not cross-origin isolated, there is one, whatever is asked for.
   */
  readonly threads?: number;
  /**
   * Where ONNX Runtime's files are, when they are not beside its module: the URL of a folder that ends in a slash, or
   * the URL of each file.
   */
  readonly wasmPaths?: WasmPaths;
}

/**
 * One module of onnxruntime-web. A process or page starts it once: its threads and files are settled with the first
 * backend.
 */
export class WebAssemblyEngine {
  readonly runtime: Runtime;
  /** Whatever the engine does waits here for its turn: it does one thing at a time for the whole page. */
  readonly queue = new Queue();
  readonly #name: string;
  #threads = 1;
  #wasmPaths: WasmPaths | undefined;
  #started: Promise<void> | undefined;

  /** `name` is that of the backend, for errors. */
  constructor(name: string, runtime: Runtime) {
    this.#name = name;
    this.runtime = runtime;
  }

  /** How many threads the engine was started with. */
  get threads(): number {
    return this.#threads;
  }

  /**
   * Loads the WebAssembly module, at the first call. `session` is how to make a session, which is what loads it.
   *
   * @throws BackendError when a file is missing, ArgumentError for other settings than those it was started with.
   */
  start({ threads, wasmPaths }: WebAssemblyOptions, session: SessionOptions): Promise<void> {
    if (threads !== undefined && (!Number.isInteger(threads) || threads < 1)) {
      throw new ArgumentError(`${this.#name}: threads must be a whole number from 1, not ${threads}`);
    }
    if (this.#started !== undefined) {
      this.#assertSame('threads', threads && Math.min(threads, mostThreads()), this.#threads);
      this.#assertSame('wasmPaths', wasmPaths, this.#wasmPaths);
      return this.#started;
    }
    this.#threads = threads === undefined ? defaultThreads() : Math.min(threads, mostThreads());
    this.#wasmPaths = wasmPaths;
    const { env, InferenceSession } = this.runtime;
    env.logLevel = 'error';
    env.wasm.numThreads = this.#threads;
    if (wasmPaths !== undefined) env.wasm.wasmPaths = wasmPaths;
    this.#started = this.queue.run(async () => {
      try {
        const probe = await InferenceSession.create(identityModel('float32', 1), session);
        await probe.release();
      } catch (cause) {
        throw new BackendError(this.#explainMissing(cause), { cause });
      }
    });
    return this.#started;
  }

  #assertSame<Value>(option: string, asked: Value | undefined, settled: Value): void {
    const [wanted, present] = [JSON.stringify(asked), JSON.stringify(settled)];
    if (asked === undefined || wanted === present) return;
    throw new ArgumentError(
      `${this.#name}: the engine starts once for the whole page or process; it has ${option} ${present}, not ${wanted}`,
    );
  }

  #explainMissing(cause: unknown): string {
    const where =
      this.#wasmPaths === undefined ? 'beside its module' : `at ${JSON.stringify(this.#wasmPaths)}`;
    const message = cause instanceof Error ? cause.message : String(cause);
    return (
      `the ${this.#name} backend could not start ONNX Runtime's WebAssembly module ${where}: ${message}. Serve the ` +
      'files ort-wasm-simd-threaded.* of node_modules/onnxruntime-web/dist and give their folder as the option ' +
      'wasmPaths; then reload the page, for a failed start is final'
    );
  }
}
