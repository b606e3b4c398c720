import type { TrainerRecord } from '../../src/checkpoints/checkpoint.js';

/** A record that says nothing but its step. */
export function emptyRecord(step: number): TrainerRecord {
  return {
    format: 'softvq-training',
    formatVersion: 1,
    step,
    loader: { epoch: 0, batch: step, seed: 0, batchSize: 1, shuffle: true, fingerprint: '' },
    config: {},
    identity: {},
    losses: { sums: {}, counts: {} },
    evaluationPending: false,
    best: null,
    logs: {},
  };
}
