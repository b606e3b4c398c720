import { describe, expect, it } from 'vitest';
import { goldenProofs } from '../proofs/golden.js';
import { devices } from './devices.js';
import { inNode } from './in-node.js';
import { openDevices } from './open-devices.js';

const page = openDevices();

describe.each(devices)('$name in $where', ({ where, name, slack }) => {
  it.each(goldenProofs)('computes golden %s', async (proof) => {
    const { figures, off } = await (where === 'Node'
      ? inNode.golden(name, proof, slack)
      : page().call('golden', name, proof, slack));
    expect(figures).toBeGreaterThan(0);
    expect(off).toEqual([]);
  });
});
