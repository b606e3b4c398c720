import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cpu } from '@softvq/backends/cpu';
import { ArgumentError, type Backend, FileFormatError, ShapeError, tensor } from '@softvq/core';
import { SiT } from '@softvq/generators';
import { findTokenizer } from '@softvq/tokenizer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GenerationEvent, PipelinePrecision } from '../src/index.js';
import { ImagePipeline, loadPlugin, TokenizerPipeline } from '../src/node/index.js';
import { namesIn } from './support/folder.js';
import {
  classLabels,
  latentShape,
  latentStatistics,
  tinyMAR,
  tinyPicture,
  tinySiT,
  tinyTokenizer,
} from './support/tiny.js';

let backend: Backend;
let folder: string;
let pipeline: ImagePipeline;

const parts = () => ({
  tokenizer: tinyTokenizer(),
  generator: tinySiT(),
  latentStatistics,
  classLabels,
  backend,
});

beforeAll(async () => {
  backend = await cpu();
  folder = await mkdtemp(join(tmpdir(), 'softvq-pipeline-'));
  pipeline = ImagePipeline.fromParts({
    ...parts(),
    sampling: { sampler: 'euler', steps: 4, guidance: { scale: 2 } },
  });
});
afterAll(async () => {
  await pipeline.dispose();
  await backend.dispose();
  await rm(folder, { recursive: true });
});

describe('generate', () => {
  it('gives the same image for a seed, whatever the batch', async () => {
    const three = await pipeline.generate({ classes: [0, 1, 2], seed: 3 });
    const split = await pipeline.generate({ classes: [0, 1, 2], seed: 3, batchSize: 2 });
    const second = await pipeline.generate({ classes: 1, seed: 3, firstIndex: 1 });
    expect(split.pictures).toEqual(three.pictures);
    expect(second.pictures[0]).toEqual(three.pictures[1]);
    expect(three.pictures[0]).not.toEqual(three.pictures[1]);
    const other = await pipeline.generate({ classes: [0, 1, 2], seed: 4 });
    expect(other.pictures[0]).not.toEqual(three.pictures[0]);
  });

  it('draws so many of each class, by name or number, and decodes its own latents', async () => {
    const made = await pipeline.generate({ classes: ['Blue Dog', 0, null], count: 2 });
    expect(made.labels).toEqual([1, 1, 0, 0, null, null]);
    expect(made.images.shape).toEqual([6, 3, 16, 16]);
    expect(made.latents.shape).toEqual([6, ...latentShape]);
    expect((await pipeline.decode(made.latents)).pictures).toEqual(made.pictures);
  });

  it('computes each network in the precision it is told', async () => {
    const call = { classes: [0, 1], seed: 3, steps: 2, sampler: 'euler' };
    const drawn = async (precision: PipelinePrecision) => {
      const other = ImagePipeline.fromParts({ ...parts(), precision });
      const { latents, images } = await other.generate(call);
      const encoded = await other.encode([tinyPicture(5)]);
      await other.dispose();
      return [await latents.data(), await images.data(), await encoded.data()] as Float32Array[];
    };
    const [latents, images, encoded] = await drawn({});
    const [latentsInBytes] = await drawn({ generator: 'int8' });
    expect(largestDifference(latentsInBytes!, latents!)).toBeGreaterThan(1e-6);
    expect(largestDifference(latentsInBytes!, latents!)).toBeLessThan(0.1);
    const inBytes = await drawn({ tokenizer: 'int8' });
    expect(inBytes[0]).toEqual(latents);
    for (const [i, exact] of [images!, encoded!].entries()) {
      expect(largestDifference(inBytes[i + 1]!, exact)).toBeGreaterThan(1e-6);
      expect(largestDifference(inBytes[i + 1]!, exact)).toBeLessThan(0.1);
    }
    const keepsNothing = { generator: { compute: 'int8', keep: ['nowhere'] } } as const;
    await expect(drawn(keepsNothing)).rejects.toThrow(/precision keeps "nowhere"/);
  });

  it('tells what happens, with previews on request', async () => {
    const events: GenerationEvent[] = [];
    for await (const event of pipeline.generateEvents({ count: 3, batchSize: 2, previews: true }))
      events.push(event);
    expect(events.map(({ type }) => type)).toEqual([
      'start',
      ...new Array(8).fill('step'),
      'decode',
      'decode',
      'done',
    ]);
    const shares = events.map(({ progress }) => progress!);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
    const last = events[8] as Extract<GenerationEvent, { type: 'step' }>;
    expect(last.previews).toHaveLength(1);
    expect(last.previews![0]!.width).toBe(16);
  });

  it('uses the defaults of the pipeline unless told otherwise', async () => {
    const usual = await pipeline.generate({ classes: 0 });
    const same = await pipeline.generate({ classes: 0, sampler: 'euler', steps: 4, guidance: 2 });
    expect(same.pictures).toEqual(usual.pictures);
    expect(usual.evaluations).toBe(4);
    const other = await pipeline.generate({ classes: 0, sampler: 'heun', guidance: 1 });
    expect(other.evaluations).toBeGreaterThan(4);
    expect(other.pictures).not.toEqual(usual.pictures);
  });

  it('refuses classes that are not there, with those that may be meant', async () => {
    await expect(pipeline.generate({ classes: 'red cta' })).rejects.toThrow(
      /no class "red cta"; did you mean "red cat"/,
    );
    await expect(pipeline.generate({ classes: 'cat' })).rejects.toThrow(/did you mean "red cat"/);
    await expect(pipeline.generate({ classes: -1 })).rejects.toThrow(
      /no class -1; classes are numbered from 0 to 2/,
    );
    await expect(pipeline.generate({ classes: [0, 3] })).rejects.toThrow(ArgumentError);
    await expect(pipeline.generate({ classes: '3' })).rejects.toThrow(/no class 3/);
    await expect(pipeline.generate({ classes: [], count: 1 })).rejects.toThrow(/classes is empty/);
    await expect(pipeline.generate({ count: 0 })).rejects.toThrow(/count/);
  });

  it('stops within one step of its signal', async () => {
    const controller = new AbortController();
    let steps = 0;
    const drawing = pipeline.generate({
      steps: 50,
      signal: controller.signal,
      onProgress: ({ type }) => {
        if (type === 'step' && ++steps === 2) controller.abort(new Error('enough'));
      },
    });
    await expect(drawing).rejects.toThrow('enough');
    expect(steps).toBe(2);
  });
});

describe('latents', () => {
  it('go from picture to picture, with the reconstructions at the ends', async () => {
    const [from, to] = [tinyPicture(0), tinyPicture(1, 24)];
    const row = await pipeline.interpolate(from, to, 5);
    const ends = await pipeline.reconstruct([from, to]);
    expect(row.pictures).toHaveLength(5);
    expect([row.pictures[0], row.pictures[4]]).toEqual(ends.pictures);
    expect(ends.originals.pictures[0]).toEqual(from);
    await expect(pipeline.interpolate(from, to, 1)).rejects.toThrow(ArgumentError);
  });

  it('go from seed to seed through noise of the same length', async () => {
    const row = await pipeline.interpolateSeeds(5, 9, 3, { class: 1 });
    const [first, last] = await Promise.all([5, 9].map((seed) => pipeline.generate({ classes: 1, seed })));
    expect(row.pictures[0]).toEqual(first!.pictures[0]);
    expect(row.pictures[2]).toEqual(last!.pictures[0]);
    expect(row.pictures[1]).not.toEqual(row.pictures[0]);
    const lengths: number[] = [];
    const { interpolateRandom } = await import('../src/pipeline/interpolation.js');
    for (const index of [0, 1, 2]) {
      lengths.push(Math.hypot(...interpolateRandom(5, 9, 3)(index).normal(400)));
    }
    expect(Math.abs(lengths[1]! - (lengths[0]! + lengths[2]!) / 2)).toBeLessThan(1);
  });

  it('of another shape are refused', async () => {
    await expect(pipeline.decode(tensor([[1, 2]]))).rejects.toThrow(ShapeError);
    await expect(pipeline.encode(tensor([[1, 2]]))).rejects.toThrow(
      /images are float32 \(images, 3, 16, 16\)/,
    );
  });
});

describe('joining', () => {
  it('refuses other statistics, none, and other shapes', () => {
    const other = { mean: 0.1, std: 0.9 };
    expect(() => ImagePipeline.fromParts({ ...parts(), latentStatistics: other })).toThrow(
      /trained on latents of mean 0.1 and deviation 0.9, and this tokenizer makes latents of mean 0.1 and deviation 0.7/,
    );
    const none = undefined as unknown as typeof latentStatistics;
    expect(() => ImagePipeline.fromParts({ ...parts(), latentStatistics: none })).toThrow(ArgumentError);
    const generator = new SiT({ latentShape: [2, 8], width: 8, depth: 1, heads: 1, classes: 3 });
    expect(() => ImagePipeline.fromParts({ ...parts(), generator })).toThrow(ShapeError);
    expect(() => ImagePipeline.fromParts({ ...parts(), classLabels: ['one'] })).toThrow(/1 class labels/);
  });

  it('takes the statistics of the generator where the tokenizer knows none', async () => {
    const tokenizer = tinyTokenizer(null);
    const made = await ImagePipeline.fromParts({ ...parts(), tokenizer }).generate({ steps: 2 });
    const known = await ImagePipeline.fromParts(parts()).generate({ steps: 2 });
    expect(made.pictures).toEqual(known.pictures);
  });
});

describe('saving', () => {
  it.each(['SiT', 'MAR'])('gives back a %s that draws the same, bit for bit', async (name) => {
    const generator = name === 'SiT' ? tinySiT() : tinyMAR();
    const before = ImagePipeline.fromParts({ ...parts(), generator, sampling: { steps: 3 } });
    const path = join(folder, name);
    await before.save(path);
    // Over itself, too.
    await (await ImagePipeline.fromPretrained(path, { backend })).save(path);
    const after = await ImagePipeline.fromPretrained(path);
    const options = { classes: [0, null], seed: 11 };
    const [a, b] = [await before.generate(options), await after.generate(options)];
    expect((await b.images.host()).data).toEqual((await a.images.host()).data);
    expect(after.sampling).toEqual({ steps: 3 });
    await Promise.all([before.dispose(), after.dispose()]);
    expect(await namesIn(folder)).not.toContainEqual(expect.stringContaining('partial'));
  });

  it('takes half the space in half precision, and a tokenizer of a pipeline by itself', async () => {
    const path = join(folder, 'half');
    await pipeline.save(path, { dtype: 'float16' });
    const whole = await readFile(join(folder, 'SiT/tokenizer/model.safetensors'));
    const half = await readFile(join(path, 'tokenizer/model.safetensors'));
    expect(half.length).toBeLessThan(0.65 * whole.length);
    const tokenizer = await TokenizerPipeline.fromPretrained(path, { backend });
    const [from, exact] = await Promise.all(
      [tokenizer, pipeline].map((each) => each.reconstruct([tinyPicture(2)])),
    );
    const error = await maximumDifference(from!.images, exact!.images);
    expect(error).toBeGreaterThan(0);
    expect(error).toBeLessThan(0.02);
    await tokenizer.dispose();
  });

  it('leaves alone what is no pipeline', async () => {
    const path = join(folder, 'precious');
    await cp(join(folder, 'half/tokenizer'), path, { recursive: true });
    await expect(pipeline.save(path)).rejects.toThrow(/holds something else/);
    expect(await namesIn(path)).toEqual(['config.json', 'model.safetensors']);
  });
});

describe('fromPretrained', () => {
  async function edited(change: (config: Record<string, unknown>) => void): Promise<string> {
    const path = join(folder, 'edited');
    await pipeline.save(path);
    const file = join(path, 'pipeline.json');
    const config = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    change(config);
    await writeFile(file, JSON.stringify(config));
    return path;
  }
  const opened = (path: string) => ImagePipeline.fromPretrained(path, { backend });

  it.each<[string, (config: Record<string, unknown>) => void, RegExp]>([
    ['without statistics', (config) => delete config['latentStatistics'], /"latentStatistics" is missing/],
    [
      'with others',
      (config) => (config['latentStatistics'] = { mean: 0.2, std: 0.7 }),
      /trained on latents of mean 0.2/,
    ],
    [
      'with another shape',
      (config) => (config['latentShape'] = [8, 4]),
      /latentShape is 8 × 4 there, and 4 × 8/,
    ],
    [
      'of another kind',
      (config) => (config['generator'] = { folder: 'generator', className: 'DiT' }),
      /should be a DiT/,
    ],
    ['of a later version', (config) => (config['formatVersion'] = 2), /"formatVersion" is 2/],
    ['with wrong settings', (config) => (config['sampling'] = { steps: 0 }), /"sampling.steps" is 0/],
    [
      'with a module that is a path',
      (config) => (config['generator'] = { folder: 'generator', className: 'X', module: './evil.js' }),
      /"generator.module" is "\.\/evil\.js"; it must be the name of an npm package/,
    ],
  ])('refuses a pipeline %s', async (_what, change, message) => {
    const path = await edited(change);
    await expect(opened(path)).rejects.toThrow(FileFormatError);
    await expect(opened(path)).rejects.toThrow(message);
  });

  it('names what is missing', async () => {
    await expect(opened(join(folder, 'nowhere'))).rejects.toThrow(/there is no model .*nowhere/);
    await expect(opened(folder)).rejects.toThrow(/is no pipeline: there is no pipeline.json in it/);
    await expect(opened('emoji-stt')).rejects.toThrow(/Did you mean emoji-sit/);
    const path = await edited((config) => {
      config['generator'] = { folder: 'generator', className: 'Unheard', module: 'a-package-nobody-has' };
    });
    await expect(opened(path)).rejects.toThrow(/a-package-nobody-has cannot be loaded; install it/);
  });

  it('opens the generator of a plugin by its name', async () => {
    const source = fileURLToPath(
      new URL('../../generators/test/fixtures/gated-flow/index.ts', import.meta.url),
    );
    await loadPlugin(source);
    const { findGenerator } = await import('@softvq/generators');
    const generator = findGenerator('GatedFlow').create({ tokens: 4, channels: 8, width: 16, classes: 3 });
    const sampling = { sampler: 'midpoint', steps: 3 };
    const path = join(folder, 'plugin');
    const saved = ImagePipeline.fromParts({ ...parts(), generator, sampling, generatorModule: 'gated-flow' });
    await saved.save(path);
    const after = await opened(path);
    expect(after.generator.name).toBe('GatedFlow');
    expect(after.generatorModule).toBe('gated-flow');
    expect((await after.generate({ classes: 2 })).pictures).toEqual(
      (await saved.generate({ classes: 2 })).pictures,
    );
    await expect(loadPlugin(fileURLToPath(new URL('./support/folder.ts', import.meta.url)))).rejects.toThrow(
      /is no plugin/,
    );
  });

  it('opens the tokenizer of a plugin by its name, too', async () => {
    await loadPlugin(
      fileURLToPath(new URL('../../tokenizer/test/fixtures/linear-patches/index.ts', import.meta.url)),
    );
    const config = { imageSize: 16, patchSize: 8, width: 8, latentStatistics };
    const tokenizer = findTokenizer('LinearPatches').create(config);
    const path = join(folder, 'tokenizer-plugin');
    const saved = ImagePipeline.fromParts({ ...parts(), tokenizer, tokenizerModule: 'linear-patches' });
    await saved.save(path);
    const after = await opened(path);
    expect(after.tokenizer.name).toBe('LinearPatches');
    expect(after.tokenizerModule).toBe('linear-patches');
    expect((await after.generate({ classes: 1 })).pictures).toEqual(
      (await saved.generate({ classes: 1 })).pictures,
    );
    const alone = await TokenizerPipeline.fromPretrained(path, { backend });
    const [latents, same] = [await alone.encode([tinyPicture(5)]), await saved.encode([tinyPicture(5)])];
    expect(await maximumDifference(latents, same)).toBe(0);
    await alone.dispose();
  });

  it('says which package to install for a plugin that is missing', async () => {
    const path = join(folder, 'unheard');
    await ImagePipeline.fromParts(parts()).save(path);
    const file = join(path, 'pipeline.json');
    const config = JSON.parse(await readFile(file, 'utf8')) as { tokenizer: object };
    const tokenizer = { ...config.tokenizer, className: 'Unheard', module: 'softvq-unheard-plugin' };
    await writeFile(file, JSON.stringify({ ...config, tokenizer }));
    await expect(opened(path)).rejects.toThrow(
      'the plugin softvq-unheard-plugin cannot be loaded; install it: npm install softvq-unheard-plugin',
    );
  });
});

async function maximumDifference(
  a: { host(): Promise<{ data: unknown }> },
  b: { host(): Promise<{ data: unknown }> },
): Promise<number> {
  const [x, y] = (await Promise.all([a, b].map(async (each) => (await each.host()).data))) as Float32Array[];
  return largestDifference(x!, y!);
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((largest, each, i) => Math.max(largest, Math.abs(each - b[i]!)), 0);
}
