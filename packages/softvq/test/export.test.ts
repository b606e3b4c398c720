import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bytesOf, fromHost } from '@softvq/core';
import { RandomStream } from '@softvq/core/random';
import type { MAR } from '@softvq/generators';
import ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ImagePipeline } from '../src/node/index.js';
import { run } from './support/command-line.js';
import { modelFolder, namesIn } from './support/folder.js';
import { latentShape } from './support/tiny.js';

let models: Awaited<ReturnType<typeof modelFolder>>;
beforeAll(async () => {
  models = await modelFolder();
});
afterAll(() => models.remove());

describe('export', () => {
  it.each([[], ['--microsoft-operators']])(
    "writes files that give the pipeline's own image in bare ONNX Runtime %s",
    async (...flags) => {
      const folder = models.path(`onnx${flags.length}`);
      const ended = await run(['export', models.path('sit'), folder, '--json', ...flags.flat()]);
      expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
      expect(await namesIn(folder)).toEqual(['decoder.onnx', 'encoder.onnx', 'export.json', 'network.onnx']);
      const described = JSON.parse(await readFile(join(folder, 'export.json'), 'utf8')) as object;
      expect(JSON.parse(ended.stdout)).toEqual({ folder, ...described });
      expect(described).toMatchObject({
        networks: {
          network: {
            inputs: [
              { name: 'latents', dtype: 'float32', shape: ['batch', 4, 8] },
              { name: 'time', dtype: 'float32', shape: [] },
              { name: 'labels', dtype: 'int32', shape: ['batch'] },
            ],
            outputs: [{ name: 'prediction', dtype: 'float32', shape: ['batch', 4, 8] }],
          },
        },
        latentStatistics: { mean: 0.1, std: 0.7 },
        classLabels: ['red cat', 'blue dog', 'green bird'],
      });

      const pipeline = await ImagePipeline.fromPretrained(models.path('sit'));
      const own = await pipeline.generate({ classes: 2, seed: 4, sampler: 'euler', steps: 8, guidance: 1.5 });
      const noise = new RandomStream({ seed: 4, name: 'sampling', index: 0 }).normal(4 * 8);
      const noiseFile = models.path('noise.bin');
      await writeFile(noiseFile, bytesOf(noise));
      const script = fileURLToPath(new URL('./support/run-onnx.mjs', import.meta.url));
      const { stdout } = await promisify(execFile)(process.execPath, [
        script,
        folder,
        noiseFile,
        '2',
        '8',
        '1.5',
      ]);
      const bare = JSON.parse(stdout) as { shape: number[]; data: number[] };
      const { shape, data } = await own.images.host();
      expect(bare.shape).toEqual(shape);
      expect(largestDifference(bare.data, data as Float32Array)).toBeLessThan(1e-3);
      await pipeline.dispose();
    },
  );

  it('writes the transformer and the head of a MAR, and the encoder', async () => {
    const folder = models.path('onnx-mar');
    expect(await run(['export', models.path('mar'), folder])).toMatchObject({ exitCode: 0 });
    const pipeline = await ImagePipeline.fromPretrained(models.path('mar'));
    const mar = pipeline.generator as unknown as MAR;
    const random = new RandomStream({ seed: 1, name: 'export' });
    const int32 = (shape: number[], ...data: number[]) =>
      ({ dtype: 'int32', shape, data: Int32Array.from(data) }) as const;
    const given = {
      tokens: { dtype: 'float32', shape: [2, ...latentShape], data: random.normal(64) },
      labels: int32([2], 1, 3),
      known: int32([2, 2], 0, 3, 2, 1),
      places: int32([2, 4], 1, 0, 0, 2, 0, 2, 1, 0),
    } as const;
    const sessionOf = (name: string) => ort.InferenceSession.create(join(folder, `${name}.onnx`));
    const tensors = Object.entries(given).map(([name, { dtype, shape, data }]) => [
      name,
      new ort.Tensor(dtype, data, shape),
    ]);
    const { conditions } = await (await sessionOf('transformer')).run(Object.fromEntries(tensors));
    const { cpu } = await import('@softvq/backends/cpu');
    const { setDefaultBackend } = await import('@softvq/core');
    const backend = await cpu();
    setDefaultBackend(backend);
    const encoded = mar.encode({
      tokens: fromHost(given.tokens),
      images: fromHost(int32([2], 0, 1)),
      labels: fromHost(given.labels),
      known: fromHost(given.known),
    });
    const expected = await mar.decode({ encoded, places: fromHost(given.places) }).host();
    expect(conditions!.dims).toEqual(expected.shape);
    expect(largestDifference(conditions!.data as Float32Array, expected.data as Float32Array)).toBeLessThan(
      1e-4,
    );

    const noisy = random.normal(8);
    const { prediction } = await (await sessionOf('head')).run({
      latents: new ort.Tensor('float32', noisy, [1, 8]),
      time: new ort.Tensor('float32', Float32Array.of(500), []),
      conditions: new ort.Tensor('float32', (expected.data as Float32Array).slice(0, 16), [1, 16]),
    });
    expect(prediction!.dims).toEqual([1, 16]);
    await Promise.all([pipeline.dispose(), backend.dispose()]);
  });

  it('replaces an older export and nothing else', async () => {
    const folder = models.path('onnx-again');
    for (const part of ['sit/tokenizer', 'sit/generator']) {
      expect(await run(['export', models.path(part), folder])).toMatchObject({ exitCode: 0 });
    }
    expect(await namesIn(folder)).toEqual(['export.json', 'network.onnx']);
    const refused = await run(['export', models.path('sit'), models.path('mar')]);
    expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('holds something else') });
    expect(await namesIn(models.path('mar'))).toEqual(['generator', 'pipeline.json', 'tokenizer']);
  });
});

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a, (each, i) => Math.abs(each - b[i]!)).reduce((most, each) => Math.max(most, each), 0);
}
