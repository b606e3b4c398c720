import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpu } from '@softvq/backends/cpu';
import { ArgumentError, type Backend, FileFormatError, fromHost } from '@softvq/core';
import type { LoadableTokenizer, SoftVQ } from '@softvq/tokenizer';
import { fromPretrained as loadTokenizer, savePretrained as saveTokenizer } from '@softvq/tokenizer/node';
import { type GeneratorTrainingRecord, tokenizerIdentity } from '@softvq/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderOfPart } from '../src/node/find-part.js';
import { ImagePipeline, joinModels, TokenizerPipeline } from '../src/node/index.js';
import { parsePipelineConfig } from '../src/pipeline/pipeline-config.js';
import { run } from './support/command-line.js';
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
const path = (...names: string[]): string => join(folder, ...names);

/** A folder as a training leaves it. */
async function trainedWith(name: string, tokenizer: LoadableTokenizer, withHalf = true): Promise<string> {
  await ImagePipeline.fromParts({
    tokenizer: tinyTokenizer(),
    generator: tinySiT(),
    latentStatistics,
    classLabels,
  }).save(path(`${name}-pipeline`));
  await cp(path(`${name}-pipeline`, 'generator'), path(name), { recursive: true });
  const record: GeneratorTrainingRecord = {
    tokenizer: await tokenizerIdentity(tokenizer),
    ...(withHalf && { tokenizerInHalf: await tokenizerIdentity(tokenizer, { dtype: 'float16' }) }),
    latentShape,
    latentStatistics,
    classes: classLabels,
  };
  await writeFile(path(name, 'training.json'), JSON.stringify(record));
  return path(name);
}

/** The same but for one number, which changes by little, though more than rounding does. */
async function retrained(): Promise<SoftVQ> {
  const tokenizer = tinyTokenizer();
  const parameters = tokenizer.parameters();
  const name = 'quantize.embedding';
  const { dtype, shape, data } = await parameters[name]!.host();
  const changed = Float32Array.from(data as Float32Array);
  changed[0]! *= 1.01;
  return tokenizer.with({ ...parameters, [name]: fromHost({ dtype, shape, data: changed }) });
}

async function succeeds(...args: string[]): Promise<void> {
  const { exitCode, stderr } = await run(args);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
}

async function drawn(pipeline: string, options = {}): Promise<unknown> {
  const opened = await ImagePipeline.fromPretrained(pipeline, { backend });
  try {
    const { images } = await opened.generate({ classes: [0, 1, null], seed: 3, steps: 3, ...options });
    return (await images.host()).data;
  } finally {
    await opened.dispose();
  }
}

beforeAll(async () => {
  backend = await cpu();
  folder = await mkdtemp(join(tmpdir(), 'softvq-shared-'));
  await saveTokenizer(tinyTokenizer(), path('trained'));
  await succeeds('convert', path('trained'), path('tokenizer'), '--dtype', 'float16');
  await trainedWith('generator', tinyTokenizer());
  await succeeds(
    ...['join', path('tokenizer'), path('generator'), path('sit'), '--dtype', 'float16'],
    ...['--share-tokenizer', path('tokenizer')],
  );
});
afterAll(async () => {
  await backend.dispose();
  await rm(folder, { recursive: true });
});

describe('a shared tokenizer', () => {
  it('is named and not copied, by several pipelines', async () => {
    expect(await namesIn(path('sit'))).toEqual(['generator', 'pipeline.json']);
    const config = JSON.parse(await readFile(path('sit/pipeline.json'), 'utf8')) as Record<string, unknown>;
    expect(config['tokenizer']).toEqual({ folder: '../tokenizer', className: 'SoftVQ' });
    const tokenizer = tinyTokenizer();
    const mar = ImagePipeline.fromParts({ tokenizer, generator: tinyMAR(), latentStatistics, classLabels });
    await mar.save(path('mar'), { dtype: 'float16', sharedTokenizer: path('tokenizer') });
    expect(await namesIn(path('mar'))).toEqual(['generator', 'pipeline.json']);
    await mar.save(path('mar-alone'), { dtype: 'float16' });
    expect(await drawn(path('mar'))).toEqual(await drawn(path('mar-alone')));
  });

  it('gives the same pictures as a copy', async () => {
    await succeeds('join', path('tokenizer'), path('generator'), path('alone'), '--dtype', 'float16');
    expect(await namesIn(path('alone'))).toEqual(['generator', 'pipeline.json', 'tokenizer']);
    expect(await drawn(path('sit'))).toEqual(await drawn(path('alone')));
    const both = await Promise.all(
      ['sit', 'alone'].map((name) => TokenizerPipeline.fromPretrained(path(name), { backend })),
    );
    const [shared, own] = await Promise.all(both.map((each) => each.reconstruct([tinyPicture(1)])));
    expect(shared!.pictures).toEqual(own!.pictures);
    // Converting a pipeline makes one that stands alone.
    await succeeds('convert', path('sit'), path('elsewhere', 'sit'));
    expect(await drawn(path('elsewhere/sit'))).toEqual(await drawn(path('sit')));
  });

  it('is found beside the pipeline itself, whatever leads there', async () => {
    await symlink(path('sit'), path('elsewhere', 'link'));
    expect(await drawn(path('elsewhere/link'))).toEqual(await drawn(path('sit')));
    await cp(path('sit'), path('lonely', 'sit'), { recursive: true });
    const opening = ImagePipeline.fromPretrained(path('lonely/sit'), { backend });
    await expect(opening).rejects.toThrow(FileFormatError);
    await expect(opening).rejects.toThrow(
      /the tokenizer should be in \.\.\/tokenizer, and there is no folder/,
    );
  });

  it('can be trained on and inspected as any other', async () => {
    const told = await run(['inspect', path('sit'), '--json']);
    expect(JSON.parse(told.stdout)).toMatchObject({
      kind: 'pipeline',
      configs: { tokenizer: { vq_mean: latentStatistics.mean, vq_std: latentStatistics.std } },
    });
    const joined = await joinModels(path('sit'), path('mar'));
    expect([joined.tokenizer, joined.generator].map(({ constructor: { name } }) => name)).toEqual([
      'SoftVQ',
      'MAR',
    ]);
  });

  it.each<[string, string, () => Promise<SoftVQ> | undefined, RegExp]>([
    [
      'is not beside the pipeline',
      'far/tokenizer',
      async () => tinyTokenizer(),
      /can share a tokenizer that is a folder beside its own, such as .*tokenizer, and not/,
    ],
    [
      'is not there',
      'nowhere',
      () => undefined,
      /there is no tokenizer in .*; save it there first: softvq convert/,
    ],
    ['is another one', 'another', retrained, /is another one than the pipeline's: its weights or its config/],
    [
      'has other statistics',
      'rescaled',
      async () => tinyTokenizer({ mean: 0.1, std: 0.8 }),
      /is another one than the pipeline's/,
    ],
  ])('is refused when it %s', async (_what, name, make, message) => {
    const tokenizer = await make();
    if (tokenizer !== undefined) await saveTokenizer(tokenizer, path(name));
    const pipeline = await ImagePipeline.fromPretrained(path('sit'), { backend });
    const before = await namesIn(folder);
    const saving = pipeline.save(path('never'), { sharedTokenizer: path(name) });
    await expect(saving).rejects.toThrow(ArgumentError);
    await expect(saving).rejects.toThrow(message);
    expect(await namesIn(folder)).toEqual(before);
    await pipeline.dispose();
  });

  it('cannot be in the folder of the pipeline', async () => {
    const pipeline = await ImagePipeline.fromPretrained(path('sit'), { backend });
    const saving = pipeline.save(path('tokenizer'), { sharedTokenizer: path('tokenizer') });
    await expect(saving).rejects.toThrow(/can share a tokenizer that is a folder beside its own/);
    expect(await namesIn(path('tokenizer'))).toEqual(['config.json', 'model.safetensors']);
    await pipeline.dispose();
  });
});

describe('a tokenizer in half precision', () => {
  it('is that of the generators trained with it before', async () => {
    const half = await loadTokenizer(path('tokenizer'));
    const exact = await loadTokenizer(path('trained'));
    expect(await tokenizerIdentity(half)).not.toBe(await tokenizerIdentity(exact));
    const inHalf = await Promise.all(
      [half, exact].map((each) => tokenizerIdentity(each, { dtype: 'float16' })),
    );
    expect(inHalf[0]).toBe(inHalf[1]);
    // And the other way round.
    const joined = await joinModels(path('trained'), await trainedWith('with-half', half));
    expect(joined.latentStatistics).toEqual(latentStatistics);
  });

  it('is refused by a generator that was trained with another, or does not say', async () => {
    const other = await trainedWith('of-another', await retrained());
    await expect(joinModels(path('tokenizer'), other)).rejects.toThrow(
      /was trained on the latents of another tokenizer/,
    );
    const silent = await trainedWith('silent', tinyTokenizer(), false);
    await expect(joinModels(path('tokenizer'), silent)).rejects.toThrow(/another tokenizer/);
    // It can still be joined with the exact one, and share the copy.
    const pipeline = await joinModels(path('trained'), silent);
    await pipeline.save(path('late'), { dtype: 'float16', sharedTokenizer: path('tokenizer') });
    expect(await drawn(path('late'))).toEqual(await drawn(path('sit')));
  });

  it('is computed in float32, as one that is stored so', async () => {
    await succeeds('convert', path('sit'), path('widened'), '--dtype', 'float32');
    const stored = async (name: string) => (await readFile(path(name, 'generator/model.safetensors'))).length;
    expect(await stored('sit')).toBeLessThan(0.65 * (await stored('widened')));
    const { tokenizer, generator } = await ImagePipeline.fromPretrained(path('sit'), { backend });
    for (const model of [tokenizer, generator as typeof generator & Pick<typeof tokenizer, 'parameters'>]) {
      const dtypes = new Set(Object.values(model.parameters()).map(({ dtype }) => dtype));
      expect([...dtypes]).toEqual(['float32']);
    }
    expect(await drawn(path('sit'))).toEqual(await drawn(path('widened')));
  });
});

describe('a pipeline that names folders elsewhere', () => {
  async function naming(part: 'tokenizer' | 'generator', place: string): Promise<string> {
    await cp(path('alone'), path('hostile'), { recursive: true });
    const file = path('hostile/pipeline.json');
    const config = JSON.parse(await readFile(file, 'utf8')) as Record<string, Record<string, unknown>>;
    config[part]!['folder'] = place;
    await writeFile(file, JSON.stringify(config));
    return path('hostile');
  }

  it.each([
    '..',
    '../',
    '../..',
    '../../tokenizer',
    '../tokenizer/..',
    '../other/tokenizer',
    'tokenizer/../../tokenizer',
    './tokenizer',
    '/etc',
    'C:/tokenizer',
    '..\\tokenizer',
    '../..\\tokenizer',
    'tokenizer\u0000',
  ])('is refused: %j', async (place) => {
    for (const part of ['tokenizer', 'generator'] as const) {
      const opening = ImagePipeline.fromPretrained(await naming(part, place), { backend });
      await expect(opening).rejects.toThrow(FileFormatError);
      await expect(opening).rejects.toThrow(`"${part}.folder" is ${JSON.stringify(place)}; it must be`);
    }
  });

  it('is refused for a generator beside it', async () => {
    const opening = ImagePipeline.fromPretrained(await naming('generator', '../generator'), { backend });
    await expect(opening).rejects.toThrow(/"generator.folder" is "..\/generator"; it must be/);
  });

  it('is refused on the hub, where nothing is beside it', async () => {
    const repository = { isRepository: true, folderWith: () => Promise.resolve(path('sit')) };
    const said = parsePipelineConfig(JSON.parse(await readFile(path('sit/pipeline.json'), 'utf8')));
    await expect(folderOfPart(repository, said, 'tokenizer')).rejects.toThrow(
      /the tokenizer is in \.\.\/tokenizer, beside the repository, where the hub has nothing/,
    );
    expect(await folderOfPart(repository, said, 'generator')).toBe(path('sit/generator'));
  });
});
