import { Worker } from 'node:worker_threads';
import { BackendError, DisposedError } from '@softvq/core';
import type { PicturePreparer, PreparationTask, PreparedPictures } from '../../dataset/picture-dataset.js';
import type { WorkerReply, WorkerRequest } from './worker-messages.js';

interface PendingReply {
  readonly resolve: (prepared: PreparedPictures) => void;
  readonly reject: (error: Error) => void;
}

/** Threads that prepare pictures from files. They start with the first task, and never keep a program from ending. */
export class WorkerPool implements PicturePreparer {
  readonly parallelism: number;
  readonly #paths: readonly string[];
  readonly #workers: PictureWorker[] = [];
  #closed = false;

  constructor(paths: readonly string[], workers: number) {
    this.#paths = paths;
    this.parallelism = workers;
  }

  /** @throws BackendError if the thread cannot start or ends over it, DisposedError once the pool is closed. */
  prepare(task: PreparationTask): Promise<PreparedPictures> {
    if (this.#closed) return Promise.reject(closedError());
    const slots = task.slots.map((slot) => ({ ...slot, path: this.#paths[slot.index]! }));
    return this.#leastBusy().ask({ imageSize: task.imageSize, crop: task.crop, slots });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#workers.map((worker) => worker.end(closedError())));
  }

  #leastBusy(): PictureWorker {
    const [worker] = this.#workers.toSorted((a, b) => a.pending - b.pending);
    if (worker !== undefined && (worker.pending === 0 || this.#workers.length >= this.parallelism))
      return worker;
    const started = new PictureWorker();
    this.#workers.push(started);
    return started;
  }
}

function closedError(): DisposedError {
  return new DisposedError('the loader is closed; make a new one');
}

class PictureWorker {
  readonly #worker = startWorker();
  readonly #pending = new Map<number, PendingReply>();
  #requests = 0;
  #failure: Error | undefined;

  constructor() {
    this.#worker.unref();
    this.#worker.on('message', (reply: WorkerReply) => {
      // After a failure nobody waits for replies, but somebody may for the end of the thread, which needs it referenced.
      if (this.#failure !== undefined) return;
      const pending = this.#pending.get(reply.id);
      this.#pending.delete(reply.id);
      if (this.#pending.size === 0) this.#worker.unref();
      if ('error' in reply) pending?.reject(new BackendError(`a loading thread failed: ${reply.error}`));
      else pending?.resolve(reply.prepared);
    });
    this.#worker.on('error', (cause) => {
      this.#fail(new BackendError(`a loading thread failed: ${messageOf(cause)}`, { cause }));
    });
    this.#worker.on('exit', (code) =>
      this.#fail(new BackendError(`a loading thread ended with code ${code}`)),
    );
  }

  get pending(): number {
    return this.#pending.size;
  }

  ask(task: Omit<WorkerRequest, 'id'>): Promise<PreparedPictures> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = this.#requests++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      // A program waits for what it asked for, and not for an idle thread.
      this.#worker.ref();
      this.#worker.postMessage({ id, ...task } satisfies WorkerRequest);
    });
  }

  async end(error: Error): Promise<void> {
    this.#fail(error);
    await this.#worker.terminate();
  }

  /** The first failure is the reason for all that follows. */
  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#pending.values()) reject(this.#failure);
    this.#pending.clear();
  }
}

function startWorker(): Worker {
  const fromSource = new URL(import.meta.url).pathname.endsWith('.ts');
  // Options of the main program, such as --eval, are not meant for the thread.
  if (!fromSource) return new Worker(new URL('./picture-worker.js', import.meta.url), { execArgv: [] });
  // What lets the main program read TypeScript (vitest, tsx) is not inherited, and a thread has to set it up itself.
  const program = JSON.stringify(new URL('./picture-worker.ts', import.meta.url).href);
  const typescript = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const start = `import(${typescript}).then(({ register }) => { register(); return import(${program}); });`;
  return new Worker(start, { eval: true, execArgv: ['--conditions=softvq-source'] });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
