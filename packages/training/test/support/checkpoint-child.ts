import { fromHost } from '@softvq/core';
import { saveCheckpoint } from '../../src/checkpoints/save-checkpoint.js';
import { emptyRecord } from './record.js';

/** Writes one checkpoint after the other and tells the step of each that is written: `checkpoint-child.ts FOLDER`. */
const folder = process.argv[2]!;
for (let step = 1; ; step++) {
  const state = {
    weights: fromHost({ dtype: 'float32', shape: [500_000], data: new Float32Array(500_000).fill(step) }),
  };
  await saveCheckpoint(folder, state, emptyRecord(step));
  process.stdout.write(`${step}\n`);
}
