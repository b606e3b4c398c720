import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { cpu } from '@softvq/backends/cpu';
import { type Backend, memory, scalar, setDefaultBackend, type Tensor } from '@softvq/core';
import type { Loader, LoaderState } from '@softvq/data';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TrainingEvent, type TrainingTask, type TrainOptions, train } from '../src/index.js';
import { temporaryFolder } from './support/pictures.js';
import { emptyRecord } from './support/record.js';

interface Sum {
  readonly sum: Tensor;
}

/** Adds up 1, 2, 3 and so on; the data may end with an error. */
class SumTask implements TrainingTask<Sum, number> {
  readonly batchSize = 1;
  /** How many batches each call had. */
  readonly calls: number[] = [];
  readonly #unreadable: number | undefined;

  constructor(unreadable?: number) {
    this.#unreadable = unreadable;
  }

  initialState(): Sum {
    return { sum: scalar(0) };
  }

  async advance({ sum }: Sum, batches: readonly number[], step: number) {
    this.calls.push(batches.length);
    expect(batches).toEqual(batches.map((_, i) => step + i + 1));
    const losses = batches.map((each) => ({ number: scalar(each) }));
    const next = scalar((await sum.item()) + batches.reduce((a, b) => a + b, 0));
    sum.dispose();
    return { state: { sum: next }, losses };
  }

  openLoader(resume: LoaderState | undefined): Loader<number> {
    let last = resume?.batch ?? 0;
    const next = async () => {
      if (last + 1 === this.#unreadable) throw new Error(`number ${last + 1} cannot be read`);
      last++;
      return { done: false as const, value: last };
    };
    return {
      batchesPerEpoch: 100,
      [Symbol.asyncIterator]: () => ({ next }),
      state: () => ({ ...emptyRecord(0).loader, batch: last }),
      close: async () => undefined,
    };
  }

  async evaluate() {
    return { figures: {}, score: 0, pictures: [] };
  }

  async finish({ sum }: Sum) {
    return { folder: '', figures: { sum: await sum.item() } };
  }

  async dispose(): Promise<void> {}
}

describe('train', () => {
  let backend: Backend;
  let folder: string;
  beforeAll(async () => {
    backend = await cpu();
    setDefaultBackend(backend);
    folder = await temporaryFolder();
  });
  afterAll(() => backend.dispose());

  const options = (name: string): TrainOptions => ({
    output: join(folder, name),
    steps: 20,
    stepsPerCall: 4,
    logEvery: 10,
    evaluateEvery: 0,
    checkpointEvery: 0,
    keep: 2,
    resume: true,
    config: {},
    fixed: [],
  });

  async function run(task: SumTask, given: TrainOptions): Promise<TrainingEvent[]> {
    const events: TrainingEvent[] = [];
    for await (const event of train(task, given)) events.push(event);
    return events;
  }

  it('makes as many steps in a call as may be before something is due', async () => {
    const task = new SumTask();
    const before = memory();
    const events = await run(task, options('calls'));
    expect(memory()).toEqual(before);
    expect(task.calls).toEqual([4, 4, 1, 1, 4, 4, 1, 1]);
    const progress = events.filter((event) => event.type === 'progress');
    expect(progress.map(({ step, losses }) => [step, losses])).toEqual([
      [10, { number: 5.5 }],
      [20, { number: 15.5 }],
    ]);
    expect(events.at(-1)).toMatchObject({ type: 'done', step: 20, figures: { sum: 210 } });
  });

  it('waits until another training has left the output folder, and goes on from there', async () => {
    const given = options('shared');
    const first = train(new SumTask(), { ...given, steps: 10 });
    expect((await first.next()).value).toMatchObject({ type: 'start', step: 0 });
    const second = train(new SumTask(), given);
    const waiting = (await second.next()).value as TrainingEvent;
    const lock = join(given.output, 'training.lock');
    expect(waiting).toEqual({ type: 'waiting', step: 0, lock, process: process.pid, host: hostname() });
    let isFirstDone = false;
    const start = second.next().then(({ value }) => [isFirstDone, value?.type, value?.step]);
    for await (const _ of first);
    isFirstDone = true;
    expect(await start).toEqual([true, 'start', 10]);
    for await (const event of second) expect(event.step).toBeGreaterThan(9);
    expect(await readdir(given.output)).not.toContain('training.lock');
  });

  it('stops waiting when it is told to', async () => {
    const given = options('aborted');
    const first = train(new SumTask(), given);
    await first.next();
    const controller = new AbortController();
    const second = train(new SumTask(), { ...given, signal: controller.signal });
    await second.next();
    controller.abort(new Error('enough'));
    await expect(second.next()).rejects.toThrow('enough');
    expect(await readdir(given.output)).toContain('training.lock');
    await first.return();
  });

  // No process has a number as high as this.
  const gone = { process: 2 ** 22 + 1, host: hostname() };

  it('takes over what a process left that is gone, once', async () => {
    const given = options('left');
    await mkdir(given.output);
    await writeFile(join(given.output, 'training.lock'), JSON.stringify(gone));
    const all = await Promise.all(Array.from({ length: 4 }, () => run(new SumTask(), given)));
    const starts = all.flatMap((events) => events.filter(({ type }) => type === 'start'));
    expect(starts.map(({ step }) => step).sort()).toEqual([0, 20, 20, 20]);
    expect(await readdir(given.output)).not.toContainEqual(expect.stringContaining('lock'));
  });

  it('takes over what a process left whose number it has itself', async () => {
    const given = options('restarted');
    await mkdir(given.output);
    await writeFile(
      join(given.output, 'training.lock'),
      JSON.stringify({ process: process.pid, host: hostname() }),
    );
    const training = train(new SumTask(), given);
    expect((await training.next()).value).toMatchObject({ type: 'start' });
    await training.return();
  });

  it('waits for processes of other machines, of which nobody knows', async () => {
    const given = options('elsewhere');
    await mkdir(given.output);
    await writeFile(join(given.output, 'training.lock'), JSON.stringify({ ...gone, host: 'elsewhere' }));
    const training = train(new SumTask(), given);
    expect((await training.next()).value).toMatchObject({ type: 'waiting', host: 'elsewhere' });
    await training.return();
  });

  it('refuses a folder that is none', async () => {
    const given = options('file');
    await writeFile(given.output, '');
    await expect(run(new SumTask(), given)).rejects.toThrow(`${given.output} cannot be trained in`);
  });

  it('learns from what was read before the data failed, and goes on there', async () => {
    const given = options('failing');
    await expect(run(new SumTask(7), given)).rejects.toThrow('number 7 cannot be read');
    const events = await run(new SumTask(), given);
    expect(events[0]).toMatchObject({ type: 'start', step: 6 });
    expect(events.at(-1)).toMatchObject({ type: 'done', figures: { sum: 210 } });
  });
});
