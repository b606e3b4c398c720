import { type ChildProcess, fork } from 'node:child_process';
import { BackendError } from '@softvq/core';
import type { RasterDrawing, RasterFailure, RasterReply, RasterRequest } from './raster-messages.js';

/** A picture's RGB bytes, row by row, in memory of their own; or why there is none. */
export type RasterOutcome = Uint8Array | RasterFailure;

export interface RasterJob {
  readonly drawings: readonly RasterDrawing[];
  /** Pixels on each side of every picture. */
  readonly size: number;
  readonly processes: number;
  readonly signal: AbortSignal | undefined;
  /** Called with the outcomes of the drawings from `start` on, in no particular order. */
  readonly onOutcomes: (outcomes: readonly RasterOutcome[], start: number) => void;
}

/**
 * Rasterises drawings in processes of their own, which have all ended when the promise settles. Processes rather
 * than threads, because resvg answers some drawings by aborting the process it runs in; that must not be ours.
 * The batch that ended a process is drawn again one by one, so that only the guilty drawing fails.
 *
 * @throws the signal's reason once it is aborted
 * @throws BackendError if a process cannot start
 */
export async function rasteriseInProcesses(job: RasterJob): Promise<void> {
  const { drawings, size, signal } = job;
  const batchSize = Math.min(64, Math.ceil(2 ** 20 / size ** 2));
  const queue: { start: number; end: number }[] = [];
  for (let start = 0; start < drawings.length; start += batchSize) {
    queue.push({ start, end: Math.min(start + batchSize, drawings.length) });
  }
  const running = new Set<RasterProcess>();
  let stopped = false;

  async function workThroughQueue(): Promise<void> {
    let worker: RasterProcess | undefined;
    for (let batch = queue.shift(); batch !== undefined; batch = queue.shift()) {
      if (worker === undefined) {
        worker = new RasterProcess();
        running.add(worker);
        await worker.started(signal);
      }
      const { start, end } = batch;
      // Only what is needed goes over to the process, not all that is known about an entry.
      const batchDrawings = drawings
        .slice(start, end)
        .map(({ width, height, body }) => ({ width, height, body }));
      const reply = await worker.ask({ size, drawings: batchDrawings }, signal);
      // Once another worker has failed, a process that ends was ended on purpose.
      if (stopped) return;
      if (reply !== undefined) {
        job.onOutcomes(outcomesOf(reply, end - start, size), start);
        continue;
      }
      if (end - start === 1) {
        job.onOutcomes([{ reason: `the rasteriser crashed: ${worker.lastWords()}` }], start);
      } else {
        for (let index = start; index < end; index++) queue.push({ start: index, end: index + 1 });
      }
      worker = undefined;
    }
  }

  try {
    const workers = Math.min(job.processes, queue.length);
    await Promise.all(Array.from({ length: workers }, workThroughQueue));
  } finally {
    stopped = true;
    await Promise.all([...running].map((worker) => worker.end()));
  }
}

function outcomesOf({ pixels, failures }: RasterReply, count: number, size: number): RasterOutcome[] {
  const pictureBytes = size * size * 3;
  let used = 0;
  return Array.from({ length: count }, (_, index) => {
    const failure = failures.get(index);
    if (failure !== undefined) return failure;
    used += pictureBytes;
    return pixels.slice(used - pictureBytes, used);
  });
}

class RasterProcess {
  readonly #child: ChildProcess;
  readonly #closed: Promise<void>;
  #errorOutput = '';

  constructor() {
    // The program lies beside this module in both forms, as source and built. What lets the main program read
    // TypeScript (vitest, tsx) is not inherited.
    const fromSource = new URL(import.meta.url).pathname.endsWith('.ts');
    const program = new URL(fromSource ? './emoji-worker.ts' : './emoji-worker.js', import.meta.url);
    this.#child = fork(program, {
      execArgv: fromSource ? ['--import', import.meta.resolve('tsx')] : [],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errorOutput += text;
    });
    this.#closed = new Promise((resolve) => {
      this.#child.once('close', () => resolve());
      this.#child.on('error', (error) => {
        this.#errorOutput += error.message;
        // What could not be started at all does not always close.
        if (this.#child.pid === undefined) resolve();
      });
    });
  }

  async started(signal: AbortSignal | undefined): Promise<void> {
    if ((await this.#nextMessage(signal)) === undefined) {
      throw new BackendError(`a rasterising process cannot start: ${this.lastWords()}`);
    }
  }

  /** The reply, or undefined if the process died over it. */
  async ask(request: RasterRequest, signal: AbortSignal | undefined): Promise<RasterReply | undefined> {
    const reply = this.#nextMessage(signal);
    // That a process died before the request reached it shows in the reply.
    this.#child.send(request, () => undefined);
    return (await reply) as RasterReply | undefined;
  }

  /** What a dead process left: how it ended, and the beginning of its error output. */
  lastWords(): string {
    const { signalCode, exitCode } = this.#child;
    const output = this.#errorOutput.trim().replaceAll(/\s+/g, ' ').slice(0, 300);
    return `${signalCode ?? `exit code ${exitCode}`}${output && `, ${output}`}`;
  }

  async end(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
  }

  /** Undefined once the process is dead. */
  #nextMessage(signal: AbortSignal | undefined): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const onMessage = (message: unknown) => settle(() => resolve(message));
      const onAbort = () => settle(() => reject(signal?.reason));
      const settle = (finish: () => void) => {
        this.#child.off('message', onMessage);
        signal?.removeEventListener('abort', onAbort);
        finish();
      };
      this.#child.on('message', onMessage);
      signal?.addEventListener('abort', onAbort);
      if (signal?.aborted) onAbort();
      void this.#closed.then(() => settle(() => resolve(undefined)));
    });
  }
}
