import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { openCheckpoint, saveModelFolder } from '@softvq/core/node';
import { readPicture } from '@softvq/data/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LinearPatches } from '../../tokenizer/test/fixtures/linear-patches/index.js';
import { InterruptedError } from '../src/cli/exit-codes.js';
import { ImagePipeline } from '../src/node/index.js';
import type { PipelineConfig } from '../src/pipeline/pipeline-config.js';
import { run } from './support/command-line.js';
import { modelFolder, namesIn } from './support/folder.js';

let models: Awaited<ReturnType<typeof modelFolder>>;
let path: (name: string) => string;
beforeAll(async () => {
  models = await modelFolder();
  ({ path } = models);
});
afterAll(() => models.remove());

/** Runs a command line that is meant to work, with --json. */
async function json(...args: string[]): Promise<Record<string, unknown>> {
  const { exitCode, stdout, stderr } = await run([...args, '--json']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return JSON.parse(stdout) as Record<string, unknown>;
}

describe('help', () => {
  it('lists all commands, and for each its flags and examples', async () => {
    const { exitCode, stdout } = await run(['--help']);
    expect(exitCode).toBe(0);
    const names = [...stdout.matchAll(/^ {2}softvq (\w+)( .*)?$/gm)].map(([, name]) => name!);
    const commands = new Set(names.slice(0, names.indexOf('backends') + 1));
    for (const name of [...commands].filter((each) => each !== 'completion')) {
      const inner =
        name === 'train' ? ['tokenizer', 'generator'] : name === 'data' ? ['emoji', 'info'] : [''];
      for (const each of inner) {
        const words = [name, each].filter(Boolean);
        const help = await run([...words, '--help']);
        expect(help.exitCode).toBe(0);
        expect(help.stdout).toContain('Examples:');
        expect(help.stdout).toContain(`softvq ${words.join(' ')}`);
      }
    }
    expect([...commands]).toEqual(
      expect.arrayContaining([
        'generate',
        'reconstruct',
        'encode',
        'decode',
        'data',
        'train',
        'cache',
        'join',
      ]),
    );
    expect([...commands]).toEqual(expect.arrayContaining(['convert', 'export', 'inspect', 'backends']));
  });

  it('tells the version', async () => {
    const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect((await run(['--version'])).stdout.trim()).toBe(version);
  });
});

describe('command lines that cannot be understood', () => {
  it.each<[string[], RegExp]>([
    [[], /Name a command/],
    [['gnerate'], /Did you mean generate\?/],
    [['train'], /Name what to train/],
    [['generate'], /Not enough non-option arguments/],
    [['generate', 'x', '--cuont', '3'], /there is no flag --cuont here; did you mean --count\?/],
    [['generate', 'x', 'y'], /"y" is an argument too many/],
    [['generate', 'x', '--count', 'many'], /--count needs a number/],
    [['generate', 'x', '--seed', '1', '--seed', '2'], /--seed is given 2 times/],
    [['generate', 'x', '--device', 'gpu'], /Choices: "auto", "cpu"/],
    [['generate', 'x', '--keep', 'final_layer'], /keep -> precision/],
    [['train', 'tokenizer', '--optimizer.lerning-rate', '1'], /did you mean --optimizer.learning-rate\?/],
    [['train', 'tokenizer', '--model.kind', 'Soft'], /Choices: "SoftVQ"/],
    [['join', 'a', 'b', 'c', '--mean', '1'], /--mean and --std belong together/],
    [['join', 'a', 'b', 'c', '--guidance-interval', '0', '1'], /give its scale by --guidance, too/],
  ])('%j end with 2', async (args, message) => {
    const { exitCode, stdout, stderr } = await run(args);
    expect(stderr).toMatch(message);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  });

  it('are told to machines as JSON', async () => {
    const { exitCode, stderr } = await run(['generate', 'x', '--cuont', '3', '--json']);
    expect(exitCode).toBe(2);
    expect(JSON.parse(stderr)).toEqual({
      error: { code: 'usage', message: expect.stringContaining('did you mean --count?') as string },
    });
  });
});

describe('generate', () => {
  it('draws what the pipeline draws, as a grid and one by one', async () => {
    const [grid, each] = [path('grid.png'), path('each')];
    const told = await json(
      ...['generate', path('sit'), '-c', 'red cat', '-c', 'green bird', '-n', '2', '--seed', '5'],
      ...['-o', grid, '--each', each],
    );
    const names = ['0-red-cat', '1-red-cat', '2-green-bird', '3-green-bird'].map((name) => `${name}.png`);
    expect(await namesIn(each)).toEqual(names);
    expect(told).toMatchObject({
      grid,
      seed: 5,
      images: [{ class: 0, name: 'red cat', index: 0 }, {}, { class: 2 }, {}],
    });
    const pipeline = await ImagePipeline.fromPretrained(path('sit'));
    const { pictures } = await pipeline.generate({ classes: [0, 2], count: 2, seed: 5 });
    await pipeline.dispose();
    for (const [i, name] of names.entries())
      expect(await readPicture(`${each}/${name}`)).toEqual(pictures[i]);
    expect(await readPicture(grid)).toMatchObject({ width: 2 * 16 + 2, height: 2 * 16 + 2 });
  });

  it('computes the generator in another precision, but for the layers to keep', async () => {
    const draw = async (...flags: string[]) => {
      await json('generate', path('sit'), '-c', 'red cat', '-o', path('x.png'), ...flags);
      return readPicture(path('x.png'));
    };
    const exact = await draw();
    expect(await draw('--precision', 'float32')).toEqual(exact);
    expect(await draw('--precision', 'int8')).not.toEqual(exact);
    expect(await draw('--precision', 'int8', '--keep', '.')).toEqual(exact);
  });

  it('takes settings of the sampler, all classes, and none', async () => {
    const settings = [
      '--sampler',
      'heun',
      '--steps',
      '3',
      '--guidance',
      '1.5',
      '--guidance-interval',
      '0',
      '0.5',
    ];
    const told = await json(
      'generate',
      path('sit'),
      '-c',
      'all',
      '-c',
      'none',
      '-o',
      path('x.png'),
      ...settings,
    );
    expect(told['images']).toMatchObject([{ class: 0 }, { class: 1 }, { class: 2 }, { class: null }]);
    const people = await run(['generate', path('mar'), '--count', '2', '--steps', '2', '-o', path('x.png')]);
    expect(people.stdout).toBe(`${path('x.png')}: 2 images, seed 0\n  row 1: no class\n`);
  });

  it.each<[string[], RegExp]>([
    [['nowhere'], /there is no model nowhere: it is no folder/],
    [['sit', '-c', 'red rat'], /there is no class "red rat"; did you mean "red cat"\?/],
    [['sit', '-c', '7'], /there is no class 7; classes are numbered from 0 to 2/],
    [['sit', '-c', '-1'], /there is no class -1/],
    [['sit', '--precision', 'int8', '--keep', '('], /--keep takes regular expressions/],
    [['sit', '--sampler', 'ddpm'], /integrates a process of kind "diffusion".*euler, heun/],
    [['sit/tokenizer'], /is no pipeline: there is no pipeline.json in it/],
    [['sit', '-o', 'a.png/x.png'], /a.png is there already/],
  ])('%j ends with 1 and leaves nothing', async (args, message) => {
    const before = await namesIn(path('.'));
    const located = args.map((each) => (/^sit|^a\.png/.test(each) ? path(each) : each));
    const output = args.includes('-o') ? [] : ['-o', path('never.png')];
    const { exitCode, stdout, stderr } = await run(['generate', ...located, ...output]);
    expect(stderr).toMatch(message);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(await namesIn(path('.'))).toEqual(before);
  });

  it('stops when it is interrupted', async () => {
    const controller = new AbortController();
    controller.abort(new InterruptedError());
    const ended = await run(['generate', path('sit'), '-o', path('never.png')], controller.signal);
    expect(ended).toEqual({ exitCode: 130, stdout: '', stderr: 'softvq: interrupted\n' });
  });
});

describe('reconstruct, encode and decode', () => {
  it('go through the latents and back', async () => {
    const pictures = [path('a.png'), path('b.png')];
    const told = await json(
      'reconstruct',
      path('sit'),
      ...pictures,
      '-o',
      path('r.png'),
      '--each',
      path('rec'),
    );
    expect(told).toMatchObject({ psnr: expect.any(Number) as number, pictures: [{ name: pictures[0] }, {}] });
    expect(await readPicture(path('r.png'))).toMatchObject({ width: 34, height: 34 });
    const latents = path('l.safetensors');
    const encoded = await json('encode', path('sit/tokenizer'), ...pictures, '-o', latents);
    expect(encoded).toEqual({ file: latents, shape: [2, 4, 8], pictures });
    await json('decode', path('sit'), latents, '-o', path('d.png'), '--each', path('dec'));
    expect(await namesIn(path('dec'))).toEqual(['a.png', 'b.png']);
    for (const name of ['a.png', 'b.png']) {
      expect(await readPicture(path(`dec/${name}`))).toEqual(await readPicture(path(`rec/${name}`)));
    }
  });

  it('name what cannot be read', async () => {
    await writeFile(path('broken.png'), 'no picture');
    await mkdir(path('empty'));
    const ended = (args: string[]) => run([...args, '-o', path('never.png')]);
    const refused = async (args: string[], message: RegExp) => {
      const { exitCode, stderr } = await ended(args);
      expect(stderr).toMatch(message);
      expect(exitCode).toBe(1);
    };
    await refused(
      ['reconstruct', path('sit'), path('gone.png')],
      /gone.png cannot be read: there is no such file/,
    );
    await refused(['encode', path('sit'), path('broken.png')], /broken.png: cannot be decoded as a PNG/);
    await refused(['encode', path('sit'), path('empty')], /empty holds no pictures/);
    await refused(['decode', path('sit'), path('gone.safetensors')], /there is no file or folder .*gone/);
    await refused(
      ['decode', path('sit'), path('sit/generator/model.safetensors')],
      /it has no tensor "latents", only/,
    );
    await Promise.all(['broken.png', 'empty'].map((name) => rm(path(name), { recursive: true })));
  });
});

describe('models', () => {
  it('are inspected, with parameters and operations', async () => {
    const told = await json('inspect', path('sit'));
    expect(told).toMatchObject({
      kind: 'pipeline',
      networks: [{ name: 'encoder' }, { name: 'decoder' }, { name: 'network' }],
      configs: { tokenizer: { _class_name: 'SoftVQ' }, generator: { _class_name: 'SiT' } },
    });
    const { flops } = (told['networks'] as { flops: number }[])[2]!;
    expect(flops).toBeGreaterThan(10_000);
    const text = await run(['inspect', path('sit/generator'), '--tensors']);
    expect(text.stdout).toMatch(/a generator, 10,184 parameters/);
    expect(text.stdout).toContain('blocks.0.attn.qkv.weight');
    const weights = await json('inspect', path('sit/tokenizer/model.safetensors'), '--weights');
    expect(weights['tensors']).toContainEqual(
      expect.objectContaining({ name: 'quantize.embedding', dtype: 'float32' }),
    );
  });

  it('are converted to half precision and back', async () => {
    await json('convert', path('sit'), path('half'), '--dtype', 'float16');
    const { tensors } = await openCheckpoint(path('half/generator'));
    expect(tensors.get('x_embedder.weight')!.storedAs).toBe('float16');
    await json('convert', path('half/generator/model.safetensors'), path('whole'), '--dtype', 'float32');
    expect(await namesIn(path('whole'))).toEqual(['config.json', 'model.safetensors']);
    expect(await json('generate', path('half'), '-o', path('x.png'))).toMatchObject({ images: [{}] });
    const refused = await run(['convert', path('a.png'), path('never')]);
    expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('--config') as string });
  });

  it('are joined, if they belong together', async () => {
    const labels = path('labels.txt');
    await writeFile(labels, 'one\ntwo\nthree\n');
    const [tokenizer, generator] = [path('sit/tokenizer'), path('mar')];
    await json('join', tokenizer, generator, path('joined'), '--labels', labels, '--steps', '2');
    const told = await json('generate', path('joined'), '-c', 'two', '-o', path('x.png'));
    expect(told).toMatchObject({ evaluations: 2, images: [{ class: 1, name: 'two' }] });
    const early = ['--guidance', '2', '--guidance-interval'];
    await json('join', tokenizer, generator, path('early'), ...early, '0', '0.5');
    const { sampling } = JSON.parse(await readFile(path('early/pipeline.json'), 'utf8')) as PipelineConfig;
    expect(sampling).toEqual({ guidance: { scale: 2, interval: [0, 0.5] } });
    const backwards = await run(['join', tokenizer, generator, path('never'), ...early, '0.5', '0']);
    expect(backwards).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/interval" is \[0\.5,0\]; it must be two times in \[0, 1\]/) as string,
    });
    const wrong = await run(['join', tokenizer, generator, path('never'), '--mean', '3', '--std', '1']);
    expect(wrong).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/trained on latents of mean 3/) as string,
    });
    await writeFile(labels, 'one\n');
    const few = await run(['join', tokenizer, generator, path('never'), '--labels', labels]);
    expect(few).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/1 class labels .* 3 classes/) as string,
    });
  });

  it('load plugins, for what is saved of theirs', async () => {
    const plugin = fileURLToPath(
      new URL('../../tokenizer/test/fixtures/linear-patches/index.ts', import.meta.url),
    );
    const tokenizer = new LinearPatches({ imageSize: 16, patchSize: 8, width: 8 });
    await saveModelFolder(path('patches'), {
      stateDict: tokenizer.stateDict(),
      config: { _class_name: 'LinearPatches', ...tokenizer.options },
    });
    const output = path('patches.safetensors');
    const encode = ['encode', path('patches'), path('a.png'), '-o', output, '--plugin'];
    expect(await json(...encode, plugin)).toMatchObject({ shape: [1, 4, 8] });
    expect(await run([...encode, './nowhere.js'])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/the plugin .\/nowhere.js cannot be loaded; check the path/) as string,
    });
  });

  it('compute on what backends lists', async () => {
    const { devices } = (await json('backends')) as {
      devices: { name: string; available: boolean; reason?: string }[];
    };
    expect(devices.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['cpu', 'webgpu', 'wasm', 'reference']),
    );
    expect(devices).toContainEqual(expect.objectContaining({ name: 'cpu', available: true }));
    for (const { available, reason } of devices) if (!available) expect(reason).toMatch(/./);
    for (const device of ['reference', 'auto']) {
      const output = path(`${device}.safetensors`);
      const encoded = await json('encode', path('sit'), path('a.png'), '-o', output, '--device', device);
      expect(encoded).toMatchObject({ shape: [1, 4, 8] });
    }
  });
});
