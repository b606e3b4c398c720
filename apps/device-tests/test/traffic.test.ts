import { describe, expect, it } from 'vitest';
import { inNode } from './in-node.js';
import { openDevices } from './open-devices.js';

const page = openDevices();

/** The time and the size of a step and what guidance needs, as float32. */
const mostScalarBytes = 8 * 4;

interface Counts {
  readonly toDevice: number;
  readonly toHost: number;
}

function expectScalarsOnly(moments: readonly Counts[]): void {
  for (const [i, moment] of moments.entries()) {
    if (i === 0) continue;
    const before = moments[i - 1]!;
    expect(moment.toDevice - before.toDevice).toBeGreaterThan(0);
    expect(moment.toDevice - before.toDevice).toBeLessThanOrEqual(mostScalarBytes);
    expect(moment.toHost - before.toHost).toBe(0);
  }
}

describe('sampling on webgpu', () => {
  it('sends only scalars after the first step in Node', async () => {
    const moments = await inNode.sample(8);
    expect(moments).toHaveLength(8);
    expectScalarsOnly(moments);
    expect(moments.at(-1)!.tensors).toEqual(moments[1]!.tensors);
  });

  it('sends only scalars after the first step in Chromium, and holds as much memory after 200 steps', async () => {
    const moments = await page().call('sample', 200);
    expect(moments).toHaveLength(200);
    expectScalarsOnly(moments);
    // Nor does the engine read behind our back, to compute on the CPU what it has no kernels for.
    expect(moments.at(-1)!.read).toBe(moments[0]!.read);
    expect(moments.at(-1)!.tensors).toEqual(moments[1]!.tensors);
    expect(moments[10]!.alive).toBeGreaterThan(0);
    expect(moments.at(-1)!.alive).toBeLessThanOrEqual(moments[10]!.alive);
  });

  it('holds as much memory after 20 lives of a backend', async () => {
    const counts = await page().call('liveAndDie', 20);
    expect(counts.at(-1)!.alive).toBeLessThanOrEqual(counts[4]!.alive);
  });
});

describe('training on webgpu', () => {
  it('reads nothing back but what is asked for', async () => {
    const { before, after } = await page().call('trainUnread');
    expect(after.written).toBeGreaterThan(before.written);
    expect(after.read).toBe(before.read);
  });
});
