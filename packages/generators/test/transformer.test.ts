import { readFile } from 'node:fs/promises';
import {
  ArgumentError,
  type Backend,
  compile,
  DTypeError,
  memory,
  ShapeError,
  scalar,
  setDefaultBackend,
  sizeOf,
  type Tensor,
  tensor,
  zeros,
} from '@softvq/core';
import { RandomStream } from '@softvq/core/random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  DiffusionTransformer,
  type DiffusionTransformerOptions,
  transformerSizes,
} from '../src/transformer/index.js';
import { disposeAll, type Golden, relativeError } from './golden/golden-file.js';
import { networkFigure } from './golden/network.js';
import { backends, expectFigures, goldenPath, openGolden } from './golden.js';

class Network extends DiffusionTransformer {
  constructor(options: DiffusionTransformerOptions, predictions: 1 | 2 = 1) {
    super(options, predictions);
  }
}

function optionsOf({ config }: Golden): DiffusionTransformerOptions {
  const { input_size: size, in_channels: channels, patch_size: patchSize } = config;
  return {
    latentShape: patchSize === undefined ? [size!, channels!] : [channels!, size!, size!],
    patchSize: patchSize ?? 1,
    width: config['hidden_size']!,
    depth: config['depth']!,
    heads: config['num_heads']!,
    classes: config['num_classes']!,
  };
}

interface Call {
  readonly x: Tensor;
  readonly t: Tensor;
  readonly y: Tensor;
}

describe.each(backends)('on %s', (_, factory) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await factory();
    setDefaultBackend(backend);
  });
  afterAll(() => backend.dispose());

  it.each([
    ['sit', 1, 'output.velocity'],
    ['dit', 2, 'output.model'],
    ['sit-2d', 1, 'output.model'],
    ['dit-2d', 2, 'output.model'],
  ] as const)('computes golden %s', async (name, predictions, output) => {
    const golden = await openGolden(name);
    const network = new Network(optionsOf(golden), predictions);
    network.loadStateDict(golden.group('weight.'));
    const time = name.startsWith('sit') ? golden.tensor('input.t') : await golden.integers('input.t');
    expectFigures([await networkFigure(network, golden, { time, output }, backend)]);
  });

  it('predicts the same for one time of all rows, whatever their number, by one executable', async () => {
    const golden = await openGolden('sit');
    const network = new Network(optionsOf(golden));
    network.loadStateDict(golden.group('weight.'));
    const x = golden.tensor('input.x');
    const y = await golden.integers('input.y');
    const dynamic = { x: ['rows'], y: ['rows'] };
    const scalarTime = compile(({ x, t, y }: Call) => network.forward(x, t, y), { backend, dynamic });
    const all = await scalarTime({ x, t: scalar(0.3), y });
    const each = compile(({ x, t, y }: Call) => network.forward(x, t, y), { backend });
    const expected = await each({ x, t: tensor([0.3, 0.3, 0.3]), y });
    expect(await relativeError(all, expected)).toBeLessThan(1e-6);
    const one = await scalarTime({ x: x.slice([{ stop: 1 }]), t: scalar(0.3), y: y.slice([{ stop: 1 }]) });
    expect(await relativeError(one, expected.slice([{ stop: 1 }]))).toBeLessThan(1e-6);
    expect(scalarTime.compilations).toBe(1);
    disposeAll([all, expected, one]);
    await Promise.all([scalarTime.dispose(), each.dispose()]);
  });
});

describe('the network', () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await backends[1][1]();
    setDefaultBackend(backend);
  });
  afterAll(() => backend.dispose());

  const options = { latentShape: [4, 6], width: 16, depth: 2, heads: 2, classes: 5 } as const;
  const random = new RandomStream({ seed: 5, name: 'latents' });
  const latents = tensor(random.normal(2 * 4 * 6), { shape: [2, 4, 6] });
  const labels = tensor(Int32Array.of(1, 5));

  it.each([
    ['tokens', options],
    ['a grid', { ...options, latentShape: [3, 4, 4], patchSize: 2 }],
  ] as const)('predicts nothing at first, of %s', async (_, each) => {
    const network = new Network(each, 2);
    const shape = [2, ...each.latentShape];
    const x = tensor(random.normal(sizeOf(shape)), { shape });
    const { data } = await network.forward(x, scalar(3, 'int32'), labels).host();
    expect(data.every((number) => number === 0)).toBe(true);
    expect(data).toHaveLength(2 * sizeOf(shape));
  });

  it('starts as the reference does', async () => {
    const network = new Network({ ...options, latentShape: [3, 4, 4], patchSize: 2, width: 64 });
    const state = network.stateDict();
    const spread = async (name: string) => {
      const numbers = Array.from((await state[name]!.host()).data, Number);
      const square = numbers.reduce((sum, each) => sum + each * each, 0) / numbers.length;
      return { deviation: Math.sqrt(square), largest: Math.max(...numbers.map(Math.abs)) };
    };
    // Uniform in ±√(6 / (inputs + outputs)): the kernel of a patch counts as a matrix of 12 inputs.
    for (const [name, inputs, outputs] of [
      ['x_embedder.proj.weight', 12, 64],
      ['blocks.0.attn.qkv.weight', 64, 192],
      ['blocks.1.mlp.fc1.weight', 64, 256],
    ] as const) {
      const bound = Math.sqrt(6 / (inputs + outputs));
      const { deviation, largest } = await spread(name);
      expect(largest).toBeLessThanOrEqual(bound);
      expect(largest).toBeGreaterThan(0.95 * bound);
      expect(Math.abs(deviation - bound / Math.sqrt(3))).toBeLessThan(0.06 * bound);
    }
    for (const name of ['t_embedder.mlp.0.weight', 't_embedder.mlp.2.weight']) {
      expect((await spread(name)).deviation).toBeCloseTo(0.02, 2);
    }
    for (const name of Object.keys(state).filter((each) => /bias$|adaLN|final_layer/.test(each))) {
      expect((await spread(name)).largest, name).toBe(0);
    }
  });

  it('keeps positions out of training', () => {
    const network = new Network(options);
    expect(Object.keys(network.parameters())).not.toContain('pos_embed');
    expect(Object.keys(network.stateDict())).toContain('pos_embed');
  });

  it('normalises queries and keys when asked', () => {
    const names = Object.keys(new Network({ ...options, qkNorm: true }).stateDict());
    expect(names.filter((name) => name.includes('_norm'))).toEqual(
      [0, 1].flatMap((block) =>
        ['q_norm', 'k_norm'].flatMap((norm) =>
          ['weight', 'bias'].map((each) => `blocks.${block}.attn.${norm}.${each}`),
        ),
      ),
    );
  });

  it('drops the labels whose number lies below the rate', async () => {
    const network = new Network({ ...options, labelDropout: 0.25 });
    const dropped = network.dropLabels(tensor(Int32Array.of(0, 1, 2, 3)), tensor([0, 0.24, 0.25, 0.9]));
    expect(dropped.dtype).toBe('int32');
    expect(await dropped.array()).toEqual([5, 5, 2, 3]);
  });

  it('refuses latents, times and labels that do not fit', () => {
    const network = new Network(options);
    const time = scalar(0.5);
    expect(() => network.forward(zeros([2, 6, 4]), time, labels)).toThrow(ShapeError);
    expect(() => network.forward(zeros([4, 6]), time, labels)).toThrow(
      /latents \(rows, 4, 6\), not \[4, 6\]/,
    );
    expect(() => network.forward(latents, zeros([2, 1]), labels)).toThrow(ShapeError);
    expect(() => network.forward(latents, time, scalar(1, 'int32'))).toThrow(ShapeError);
    expect(() => network.forward(latents, zeros([3]), labels)).toThrow(ShapeError);
    expect(() => network.forward(latents.cast('float16'), time, labels)).toThrow(DTypeError);
  });

  it.each([
    ['a grid that is no square', { latentShape: [3, 4, 6] }],
    ['a grid that does not divide', { latentShape: [3, 5, 5], patchSize: 2 }],
    ['patches of tokens', { patchSize: 2 }],
    ['no tokens', { latentShape: [0, 6] }],
    ['a shape of one axis', { latentShape: [6] as unknown as [number, number] }],
    ['no classes', { classes: 0 }],
    ['labels that are always there', { labelDropout: 0 }],
    ['heads that do not divide the width', { heads: 3 }],
    ['no blocks', { depth: 0 }],
  ] as const)('refuses %s', (_, change) => {
    expect(() => new Network({ ...options, ...change })).toThrow(ArgumentError);
  });
});

describe.each([
  ['sit-b-1', 'b', 1],
  ['sit-l-1', 'l', 1],
  ['sit-xl-1', 'xl', 1],
  ['dit-sl-1', 'sl', 2],
  ['dit-l-1', 'l', 2],
  ['dit-xl-1', 'xl', 2],
] as const)('%s', (file, size, predictions) => {
  it('has the names, shapes and number of parameters of the official model, and makes none', async () => {
    const { config, parameters, tensors } = JSON.parse(
      await readFile(goldenPath(`state-dicts/${file}.json`), 'utf8'),
    ) as { config: Record<string, number>; parameters: number; tensors: Record<string, number[]> };
    const before = memory();
    const network = new Network(
      {
        ...transformerSizes[size],
        latentShape: [config['input_size']!, config['in_channels']!],
        classes: config['num_classes']!,
      },
      predictions,
    );
    const shapes = Object.fromEntries(
      Object.entries(network.stateDict()).map(([name, { shape }]) => [name, shape]),
    );
    expect(shapes).toEqual(tensors);
    expect(network.parameterCount).toBe(parameters);
    expect(memory()).toEqual(before);
  });
});

it.each([
  ['s', [64, 32], 1, 32_895_776],
  ['b', [64, 32], 1, 130_377_248],
  ['l', [64, 32], 1, 457_922_592],
  ['xl', [64, 32], 1, 674_926_880],
  ['xl', [32, 64], 1, 674_963_776],
  ['xl', [128, 32], 1, 675_000_608],
  ['xl', [64, 32], 2, 674_963_776],
  ['xl', [32, 64], 2, 675_037_568],
] as const)(
  'size %s on %j with %i predictions has %i parameters',
  (size, latentShape, predictions, count) => {
    expect(new Network({ ...transformerSizes[size], latentShape }, predictions).parameterCount).toBe(count);
  },
);
