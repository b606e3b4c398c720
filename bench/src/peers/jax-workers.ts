import { resolveObjectURL } from 'node:buffer';
import { Worker as NodeWorker } from 'node:worker_threads';

type Jax = typeof import('@jax-js/jax');

const workers: WebWorker[] = [];
let users = 0;
let loaded: { readonly jax: Jax; readonly threads: number } | undefined;

/**
 * Loads jax-js, which runs its kernels in the browser's workers where there are any and on the calling thread where
 * not. Node has workers, but no global `Worker`; so this gives it one, as the npm package `web-worker` would.
 */
export async function withWebWorkers(threads: number): Promise<{ jax: Jax; release: () => void }> {
  if (loaded === undefined) {
    if (threads > 1)
      Object.defineProperty(globalThis, 'Worker', { value: WebWorker, configurable: true, writable: true });
    // The number of workers is read when the library loads, and Node 20 has no navigator.
    const navigator = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
    Object.defineProperty(globalThis, 'navigator', {
      value: { hardwareConcurrency: threads },
      configurable: true,
    });
    try {
      loaded = { jax: await import('@jax-js/jax'), threads };
    } finally {
      if (navigator === undefined) Reflect.deleteProperty(globalThis, 'navigator');
      else Object.defineProperty(globalThis, 'navigator', navigator);
    }
  }
  if (loaded.threads !== threads) {
    throw new Error(`jax-js: this process runs it with ${loaded.threads} threads, not ${threads}`);
  }
  users++;
  for (const worker of workers) worker.ref();
  return { jax: loaded.jax, release };
}

/** The library never ends its workers: without this they would keep the process alive. */
function release(): void {
  if (--users > 0) return;
  for (const worker of workers) worker.unref();
}

/** As much of the browser's worker as the library uses, over Node's. */
class WebWorker {
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  onerror: ((event: { readonly message: string }) => void) | null = null;
  readonly #worker: NodeWorker;

  constructor(url: string) {
    this.#worker = new NodeWorker(bootstrap, { eval: true, workerData: resolveObjectURL(url) });
    this.#worker.on('message', (data: unknown) => this.onmessage?.({ data }));
    this.#worker.on('error', ({ message }) => this.onerror?.({ message }));
    workers.push(this);
  }

  postMessage(message: unknown): void {
    this.#worker.postMessage(message);
  }

  ref(): void {
    this.#worker.ref();
  }

  unref(): void {
    this.#worker.unref();
  }
}

/** Runs a browser worker's source, which comes as a blob, between Node's port and the globals that it expects. */
const bootstrap = `
  const { parentPort, workerData } = require('node:worker_threads');
  globalThis.self = globalThis;
  globalThis.postMessage = (message) => parentPort.postMessage(message);
  const source = workerData.text().then((text) => (0, eval)(text));
  parentPort.on('message', async (data) => {
    await source;
    self.onmessage({ data });
  });
`;
