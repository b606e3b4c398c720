import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run, runProcess } from './support/command-line.js';
import { modelFolder, namesIn } from './support/folder.js';

let models: Awaited<ReturnType<typeof modelFolder>>;
let path: (name: string) => string;
beforeAll(async () => {
  models = await modelFolder();
  ({ path } = models);
});
afterAll(() => models.remove());

const fullDisk = { imports: [fileURLToPath(new URL('./support/full-disk.mjs', import.meta.url))] };

describe('the process', () => {
  it('draws, and ends by itself', async () => {
    const ended = await runProcess([
      'generate',
      path('sit'),
      '-c',
      'blue dog',
      '-o',
      path('x.png'),
      '--json',
    ]);
    expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
    expect(JSON.parse(ended.stdout)).toMatchObject({ images: [{ class: 1, name: 'blue dog' }] });
  });

  it('tells an error on one line, with where it happened on request', async () => {
    const [plain, verbose] = await Promise.all([
      runProcess(['generate', path('sit'), '-c', 'blue dgo']),
      runProcess(['generate', path('sit'), '-c', 'blue dgo', '--verbose']),
    ]);
    expect(plain).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'softvq: there is no class "blue dgo"; did you mean "blue dog"?\n',
    });
    expect(verbose.stderr).toMatch(/did you mean "blue dog".*\n[\s\S]*class-labels/);
  });

  it('writes nothing on a full disk', async () => {
    const before = await namesIn(path('.'));
    const [grid, latents, copy] = await Promise.all([
      runProcess(['generate', path('sit'), '-o', path('full.png')], fullDisk),
      runProcess(['encode', path('sit'), path('a.png'), '-o', path('full.safetensors')], fullDisk),
      runProcess(['convert', path('sit'), path('full')], fullDisk),
    ]);
    for (const { exitCode, stdout, stderr } of [grid, latents, copy]) {
      expect(stderr).toMatch(/^softvq: .*the disk is full/);
      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    }
    expect(await namesIn(path('.'))).toEqual(before);
  });

  it('ends with 130 on Ctrl-C, in the middle of drawing, and leaves nothing half-written', async () => {
    const before = await namesIn(path('.'));
    const ended = await runProcess(
      ['generate', path('sit'), '-n', '64', '--batch-size', '1', '--steps', '10000', '-o', path('long.png')],
      // The first line of progress comes after ten seconds; a preloaded clock brings it forward.
      {
        imports: [fileURLToPath(new URL('./support/hasty-clock.mjs', import.meta.url))],
        interruptAt: 'drawing',
      },
    );
    expect(ended.stderr).toMatch(/softvq: interrupted\n$/);
    expect(ended.exitCode).toBe(130);
    expect(await namesIn(path('.'))).toEqual(before);
  });
});

describe('training', () => {
  const tiny = [
    ...['--image-size', '16', '--batch-size', '2', '--log-every', '2', '--workers', '0', '--threads', '1'],
    ...['--model.patch-size', '8', '--model.latent-tokens', '4', '--model.latent-width', '8'],
    ...['--model.codebooks', '2', '--model.codebook-size', '8'],
    ...['encoder', 'decoder'].flatMap((part) =>
      ['width', 'depth', 'heads'].flatMap((field, i) => [`--model.${part}.${field}`, ['16', '1', '2'][i]!]),
    ),
  ];

  beforeAll(async () => {
    for (const name of ['cats', 'dogs']) {
      await mkdir(path(`set/${name}`), { recursive: true });
      for (let i = 0; i < 4; i++)
        await copyFile(path(i % 2 === 0 ? 'a.png' : 'b.png'), path(`set/${name}/${i}.png`));
    }
  });

  it('makes a tokenizer, goes on after Ctrl-C, and then a generator and its pipeline', async () => {
    const output = path('runs/tokenizer');
    const common = ['--dataset', path('set'), '--held-out', '0.25', '--output', output, ...tiny, '--json'];
    const interrupted = await runProcess(['train', 'tokenizer', ...common, '--steps', '100000'], {
      interruptAt: '"progress"',
    });
    expect(interrupted.stderr).toMatch(/interrupted/);
    expect(interrupted.exitCode).toBe(130);
    const saved = await namesIn(`${output}/checkpoints`);
    expect(saved).toHaveLength(1);
    expect(saved[0]).toMatch(/^step-\d+$/);
    const done = Number(saved[0]!.slice('step-'.length));
    const resumed = await run(['train', 'tokenizer', ...common, '--steps', String(done + 4)]);
    const events = resumed.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; step?: number });
    expect(resumed.exitCode).toBe(0);
    expect(events[0]).toMatchObject({ type: 'start', step: done });
    expect(events.at(-1)).toMatchObject({ type: 'done', step: done + 4 });

    const config = path('sit.yaml');
    await writeFile(
      config,
      `# A tiny one.\ntokenizer: ${output}/model\ndataset: ${path('set')}\noutput: ${path('runs/sit')}\nheldOut: 0.25\nsteps: 99\nbatchSize: 2\nworkers: 0\nmodel: { kind: SiT, width: 16, depth: 1, heads: 2 }\nevaluation: { samples: 2, steps: 2 }\n`,
    );
    const generator = await run(['train', 'generator', '--config', config, '--steps', '3']);
    expect(generator.stderr).toMatch(/training for 3 steps/);
    expect(generator.exitCode).toBe(0);
    const pipeline = path('runs/sit/pipeline');
    const drawn = await run(['generate', pipeline, '-c', 'cats', '--steps', '2', '-o', path('cat.png')]);
    expect(drawn).toMatchObject({
      exitCode: 0,
      stdout: `${path('cat.png')}: 1 image, seed 0\n  row 1: cats\n`,
    });
    const cached = await run([
      'cache',
      pipeline,
      path('set'),
      path('latents'),
      '--held-out',
      '0.25',
      '--json',
    ]);
    expect(JSON.parse(cached.stdout)).toMatchObject({
      entries: { train: 6, 'held-out': 2 },
      latentShape: [4, 8],
    });
  });

  it('refuses configurations that are no YAML, are not there, or are wrong', async () => {
    await writeFile(path('broken.yaml'), 'steps: 3\n  model: [1,\n');
    await writeFile(path('wrong.yaml'), 'stepz: 3\nbatchSize: none\ndataset: x\noutput: y\n');
    const [broken, gone, wrong] = await Promise.all(
      ['broken', 'gone', 'wrong'].map((name) =>
        run(['train', 'tokenizer', '--config', path(`${name}.yaml`)]),
      ),
    );
    expect(broken!.stderr).toMatch(/broken.yaml: this is no YAML: .*line \d/);
    expect(gone!.stderr).toMatch(/there is no configuration .*gone.yaml/);
    expect(wrong!.stderr).toMatch(/batchSize is "none"; batchSize must be a whole number from 1/);
    expect(wrong!.stderr).toMatch(/stepz is no field; did you mean steps\?/);
    for (const ended of [broken, gone, wrong]) expect(ended).toMatchObject({ exitCode: 1, stdout: '' });
  });
});

describe('data', () => {
  it('are counted, and what is broken is named', async () => {
    const counted = await run(['data', 'info', path('set')]);
    expect(counted.stdout).toBe(
      `${path('set')}: 8 pictures, in 2 classes\n${' '.repeat(8)}4  cats\n${' '.repeat(8)}4  dogs\n`,
    );
    await writeFile(path('set/cats/broken.png'), (await readFile(path('a.png'))).subarray(0, 200));
    const checked = await run(['data', 'info', path('set'), '--check', '--json']);
    expect(checked.exitCode).toBe(1);
    const { parts } = JSON.parse(checked.stdout) as { parts: { broken: { name: string }[] }[] };
    expect(parts[0]!.broken.map(({ name }) => name)).toEqual([path('set/cats/broken.png')]);
    expect(JSON.parse(checked.stderr)).toMatchObject({
      error: { message: expect.stringMatching(/1 picture in/) as string },
    });
  });
});

describe('completion', () => {
  it('prints a script, and what a line may go on with', async () => {
    const [script, flags] = await Promise.all([
      runProcess(['completion']),
      runProcess(['--get-yargs-completions', 'softvq', 'generate', '--gui']),
    ]);
    expect(script.stdout).toMatch(/begin-softvq-completions/);
    expect(flags.stdout.split('\n')).toEqual(expect.arrayContaining(['--guidance', '--guidance-interval']));
  });
});
