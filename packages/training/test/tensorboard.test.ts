import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { EventFile } from '../src/logs/tensorboard/event-file.js';
import { frameRecord, maskedCrc } from '../src/logs/tensorboard/record-frame.js';
import { temporaryFolder } from './support/pictures.js';
import { readEvents } from './support/read-event-file.js';

describe('TensorBoard files', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await temporaryFolder();
  });

  async function eventsIn(own: string) {
    const names = (await readdir(own)).sort();
    return Promise.all(names.map(async (name) => readEvents(await readFile(join(own, name)))));
  }

  it('have the checksums of known data', () => {
    // Vectors of RFC 3720, appendix B.4, through the mask by hand.
    const mask = (crc: bigint): number =>
      Number((((crc >> 15n) | ((crc << 17n) & 0xffffffffn)) + 0xa282ead8n) & 0xffffffffn);
    expect(maskedCrc(new Uint8Array(32))).toBe(mask(0x8a9136aan));
    expect(maskedCrc(new Uint8Array(32).fill(255))).toBe(mask(0x62a8ab43n));
    expect(maskedCrc(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(mask(0x46dd794en));
    expect(maskedCrc(new TextEncoder().encode('123456789'))).toBe(mask(0xe3069283n));
    // What every event file of TensorFlow begins with: the length 24 and its checksum.
    const start = [0x18, 0, 0, 0, 0, 0, 0, 0, 0xa3, 0x7f, 0x4b, 0x22];
    expect([...frameRecord(new Uint8Array(24)).subarray(0, 12)]).toEqual(start);
  });

  it('hold scalars and pictures that another reader finds', async () => {
    const own = join(folder, 'one');
    const png = Uint8Array.from({ length: 300 }, (_, i) => i % 256);
    await writeFile(join(folder, 'grid.png'), png);
    const file = await EventFile.create(own, 0);
    const before = Date.now() / 1000 - 60;
    await file.write({ type: 'start', step: 0, steps: 9 });
    await file.write({
      type: 'progress',
      step: 300,
      steps: 3000,
      losses: { total: 0.25, mse: -1.5e-7 },
      imagesPerSecond: 64,
    });
    const picture = { width: 20, height: 10, data: new Uint8Array(600) };
    await file.write({
      type: 'evaluation',
      step: 70_000_000_000,
      best: true,
      score: 1,
      figures: { psnr: 22.5 },
      pictures: [{ name: 'reconstructions', path: join(folder, 'grid.png'), picture }],
    });
    await file.sync();
    await file.close();
    const [[version, session, progress, evaluation, ...rest]] = (await eventsIn(own)) as [
      Awaited<ReturnType<typeof eventsIn>>[0],
    ];
    expect(rest).toEqual([]);
    expect(version).toMatchObject({ version: 'brain.Event:2', step: 0 });
    expect(version!.wallTime).toBeGreaterThan(before);
    expect(session).toMatchObject({ session: 1, step: 1 });
    expect(progress).toMatchObject({
      step: 300,
      scalars: { 'loss/total': 0.25, 'loss/mse': Math.fround(-1.5e-7), 'speed/imagesPerSecond': 64 },
    });
    expect(evaluation!.step).toBe(70_000_000_000);
    expect(evaluation!.scalars).toEqual({ 'evaluation/psnr': 22.5 });
    const image = evaluation!.images['evaluation/reconstructions']!;
    expect([image.width, image.height, image.colorspace]).toEqual([20, 10, 3]);
    expect([...image.bytes]).toEqual([...png]);
  });

  it('say from which step on earlier files do not count', async () => {
    const own = join(folder, 'two');
    for (const completed of [0, 20]) await (await EventFile.create(own, completed)).close();
    const [first, second] = await eventsIn(own);
    expect(first![1]).toMatchObject({ session: 1, step: 1 });
    expect(second![1]).toMatchObject({ session: 1, step: 21 });
  });
});
