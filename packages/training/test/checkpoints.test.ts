import { cp, mkdir, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cpu } from '@softvq/backends/cpu';
import { type Backend, fromHost, type Tensor } from '@softvq/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkpointName } from '../src/checkpoints/checkpoint.js';
import { findLatestCheckpoint } from '../src/checkpoints/find-checkpoint.js';
import { loadState } from '../src/checkpoints/load-state.js';
import { pruneCheckpoints, saveCheckpoint } from '../src/checkpoints/save-checkpoint.js';
import { temporaryFolder } from './support/pictures.js';
import { emptyRecord } from './support/record.js';
import { runUntilKilled } from './support/run-child.js';

function stateOf(value: number, size = 6): { nested: { 'a.b': Tensor }; steps: Tensor } {
  return {
    nested: {
      'a.b': fromHost({ dtype: 'float32', shape: [2, size / 2], data: new Float32Array(size).fill(value) }),
    },
    steps: fromHost({ dtype: 'int32', shape: [], data: Int32Array.of(value) }),
  };
}

describe('checkpoints', () => {
  let backend: Backend;
  let folder: string;
  beforeAll(async () => {
    backend = await cpu();
    folder = await temporaryFolder();
  });
  afterAll(() => backend.dispose());

  it('gives back what was saved', async () => {
    const own = join(folder, 'round-trip');
    const path = await saveCheckpoint(own, stateOf(7), emptyRecord(1000));
    expect(path).toBe(join(own, 'step-00001000'));
    expect((await readdir(path)).sort()).toEqual(['state.safetensors', 'trainer.json']);
    const found = await findLatestCheckpoint(own);
    expect(found).toEqual({ path, record: emptyRecord(1000) });
    const state = await loadState(path, stateOf(0));
    expect(await state.nested['a.b'].array()).toEqual([
      [7, 7, 7],
      [7, 7, 7],
    ]);
    expect(await state.steps.item()).toBe(7);
  });

  it('is found at the highest step that is whole', async () => {
    const own = join(folder, 'broken');
    for (const step of [1, 2, 3, 4, 5, 6]) await saveCheckpoint(own, stateOf(step), emptyRecord(step));
    await truncate(join(own, checkpointName(6), 'state.safetensors'), 100);
    await rm(join(own, checkpointName(5), 'trainer.json'));
    await writeFile(join(own, checkpointName(4), 'trainer.json'), '{"format": "softvq-tr');
    await rm(join(own, checkpointName(3), 'state.safetensors'));
    await mkdir(join(own, checkpointName(7)));
    expect((await findLatestCheckpoint(own))?.record.step).toBe(2);
    // A copy under another step's name is not that step.
    await cp(join(own, checkpointName(2)), join(own, checkpointName(8)), { recursive: true });
    expect((await findLatestCheckpoint(own))?.record.step).toBe(2);
    // What is broken is replaced when its step comes again.
    await saveCheckpoint(own, stateOf(6), emptyRecord(6));
    expect((await findLatestCheckpoint(own))?.record.step).toBe(6);
    expect(await findLatestCheckpoint(join(folder, 'none'))).toBeUndefined();
  });

  it('is pruned to the last ones and the best', async () => {
    const own = join(folder, 'pruned');
    for (const step of [5, 10, 15, 20]) await saveCheckpoint(own, stateOf(step), emptyRecord(step));
    const killed = `.step-00000020.0f9d1a8e-92f4-4a0e-8b3b-2f1f6a4c1b55.partial`;
    await mkdir(join(own, killed));
    await writeFile(join(own, 'notes.txt'), 'mine');
    await pruneCheckpoints(own, { keep: 2, best: 5 });
    expect((await readdir(own)).sort()).toEqual(['notes.txt', ...[5, 15, 20].map(checkpointName)]);
  });

  it('is refused by another model', async () => {
    const path = await saveCheckpoint(join(folder, 'other'), stateOf(1), emptyRecord(1));
    await expect(loadState(path, stateOf(0, 8))).rejects.toThrow(
      /nested\.a\.b is float32 \[2, 3\] there and float32 \[2, 4\] here/,
    );
    await expect(loadState(path, { steps: stateOf(0).steps })).rejects.toThrow(/has a tensor nested\.a\.b/);
    await expect(loadState(path, { ...stateOf(0), more: stateOf(0).steps })).rejects.toThrow(
      /has no tensor more/,
    );
  });

  it('is never lost or half there when the process is killed while it writes', async () => {
    const own = join(folder, 'killed');
    // Each writing takes some milliseconds; the delays end it at the beginning, in the middle and after.
    for (const [round, delay] of [0, 2, 5, 9, 14].entries()) {
      const each = join(own, String(round));
      const lines = await runUntilKilled('checkpoint-child.ts', each, (line) => line === '3', delay);
      const written = Number(lines.at(-1));
      const found = await findLatestCheckpoint(each);
      // One may have got its name without its line having been read.
      expect([written, written + 1]).toContain(found!.record.step);
      const { weights } = await loadState(found!.path, {
        weights: fromHost({ dtype: 'float32', shape: [500_000], data: new Float32Array(500_000) }),
      });
      const { data } = await weights.host();
      expect(data.every((value) => value === found!.record.step)).toBe(true);
      for (const name of await readdir(each))
        expect(name).toMatch(/^(step-\d{8}|\.step-\d{8}\.[0-9a-f-]+\.partial)$/);
      await rm(each, { recursive: true });
    }
  });
});
