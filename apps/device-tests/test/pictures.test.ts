import { psnr } from '@softvq/evaluation';
import { beforeAll, describe, expect, it } from 'vitest';
import { shippedSize } from '../proofs/shipped-pipeline.js';
import { devices } from './devices.js';
import { inNode } from './in-node.js';
import { openDevices } from './open-devices.js';

const page = openDevices();

describe.each([
  { what: 'the small pipeline', draw: 'draw', size: 16 },
  { what: 'the emoji pipeline', draw: 'drawEmoji', size: shippedSize },
] as const)('the same seed draws the same picture by $what', ({ draw, size }) => {
  const shape = [2, 3, size, size] as const;
  const pictures = new Map<string, Float32Array>();
  beforeAll(async () => {
    pictures.set('cpu in Node', await inNode[draw]('cpu'));
  });

  it('of contrasts, and another one of each class', () => {
    const drawn = pictures.get('cpu in Node')!;
    const half = drawn.length / 2;
    const both = [drawn.subarray(0, half), drawn.subarray(half)] as const;
    for (const picture of both) {
      const mean = picture.reduce((sum, each) => sum + each, 0) / half;
      const variance = picture.reduce((sum, each) => sum + (each - mean) ** 2, 0) / half;
      expect(variance).toBeGreaterThan(0.05);
      // Elements that were cut to -1 or 1 would be equal whatever the difference.
      expect(picture.filter((each) => Math.abs(each) === 1).length / half).toBeLessThan(0.5);
    }
    const [one, other] = both.map((data) => ({ shape: [1, ...shape.slice(1)], data }));
    expect(psnr(one!, other!)[0]).toBeLessThan(30);
  });

  it.each(devices)('on $name in $where', async ({ where, name }) => {
    const drawn = await (where === 'Node' ? inNode[draw](name) : page().call(draw, name));
    for (const [other, reference] of pictures) {
      for (const ratio of psnr({ shape, data: drawn }, { shape, data: reference })) {
        expect(ratio, `dB against ${other}`).toBeGreaterThan(40);
      }
    }
    pictures.set(`${name} in ${where}`, drawn);
  });
});
