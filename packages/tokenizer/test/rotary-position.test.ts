import { compile, type Tensor, tensor, valueAndGrad } from '@softvq/core';
import { RandomStream } from '@softvq/core/random';
import { expect, it } from 'vitest';
import { SoftVQ } from '../src/index.js';
import { rotaryFrequencies, rotations } from '../src/rotary-position.js';
import {
  describeOnBackends,
  disposeAll,
  expectFigures,
  goldenIndices,
  goldenSoftVQOptions,
  openGolden,
  relativeError,
} from './golden.js';

describeOnBackends((backend) => {
  it('computes every figure of golden softvq-rope-mixed', async () => {
    const golden = await openGolden('softvq-rope-mixed');
    const { config } = golden;
    const model = new SoftVQ({
      ...goldenSoftVQOptions(config),
      rotary: { kind: 'mixed', base: config['theta']! },
    });
    expect(model.loadStateDict(golden.group('weight.')).missing).toEqual([]);

    const forward = compile(
      ({ images }: { images: Tensor }) => {
        const encoded = model.encoder.forward(images);
        const beforeQuantizer = model.quant_conv.forward(encoded);
        const quantized = model.quantize.forward(beforeQuantizer);
        return {
          encoded,
          beforeQuantizer,
          latents: quantized.latents,
          indices: model.quantize.indices(quantized),
          image: model.decode(quantized.latents),
        };
      },
      { backend: backend() },
    );
    const result = await forward({ images: golden.tensor('input.image') });
    expect(await result.indices.array()).toEqual(await goldenIndices(golden.tensor('output.indices')));
    result.indices.dispose();
    await expectFigures(golden, {
      'output.encoder': result.encoded,
      'output.pre_quant': result.beforeQuantizer,
      'output.latent': result.latents,
      'output.image': result.image,
    });
  });

  it('turns axially by column and by row, and only patches', async () => {
    const trunk = { width: 8, depth: 2, heads: 1 };
    const frequencies = rotaryFrequencies({ kind: 'axial' }, trunk, new RandomStream({ seed: 0, name: 'x' }));
    const turn = compile(
      ({ x }: { x: Tensor }) => rotations(frequencies, { heads: 1, side: 2, before: 1, after: 1 })!(1)(x),
      { backend: backend() },
    );
    // Every pair is the number 1, so that it becomes e^{iφ}.
    const x = tensor(
      Float32Array.from({ length: 6 * 8 }, (_, i) => 1 - (i % 2)),
      { shape: [1, 1, 6, 8] },
    );
    const turned = await turn({ x });
    const magnitudes = [1, 100 ** -0.5];
    const positions = [
      [0, 0],
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
      [0, 0],
    ] as const;
    const expected = positions.flatMap(([column, row]) =>
      [...magnitudes.map((m) => m * column), ...magnitudes.map((m) => m * row)].flatMap((angle) => [
        Math.cos(angle),
        Math.sin(angle),
      ]),
    );
    expect(
      await relativeError(turned, tensor(Float32Array.from(expected), { shape: [1, 1, 6, 8] })),
    ).toBeLessThan(1e-6);
    turned.dispose();
  });

  it('has the gradient of mixed frequencies', async () => {
    const trunk = { width: 16, depth: 2, heads: 2 };
    const grid = { heads: 2, side: 2, before: 1, after: 1 };
    const random = new RandomStream({ seed: 2, name: 'gradient' });
    const draw = (shape: number[]): Tensor => tensor(random.normal(shape.reduce((a, b) => a * b)), { shape });
    const [x, weights, direction] = [draw([1, 2, 6, 8]), draw([1, 2, 6, 8]), draw([2, 2, 8])];
    const loss = (frequencies: Tensor): Tensor => rotations(frequencies, grid)!(1)(x!).mul(weights!).sum();
    const step = 5e-3;
    const compare = compile(
      ({ frequencies }: { frequencies: Tensor }) => {
        const { gradient } = valueAndGrad(loss)(frequencies);
        const change = loss(frequencies.add(direction!.mul(step))).sub(
          loss(frequencies.sub(direction!.mul(step))),
        );
        return { analytic: gradient.mul(direction!).sum(), numerical: change.div(2 * step) };
      },
      { backend: backend() },
    );
    const result = await compare({ frequencies: rotaryFrequencies({ kind: 'mixed' }, trunk, random) });
    expect(await relativeError(result.analytic, result.numerical)).toBeLessThan(1e-3);
    disposeAll(result);
  });
});

it('needs heads whose width is a multiple of 4', () => {
  const trunk = { width: 12, depth: 1, heads: 2 };
  expect(() => rotaryFrequencies({ kind: 'mixed' }, trunk, new RandomStream({ seed: 0, name: 'x' }))).toThrow(
    /multiple of 4; 12 \/ 2 is 6/,
  );
});

it('trains and saves mixed frequencies, and neither for axial ones', () => {
  const trunk = { width: 16, depth: 1, heads: 2 };
  const options = {
    imageSize: 16,
    patchSize: 8,
    latentTokens: 2,
    latentWidth: 4,
    codebooks: 2,
    codebookSize: 8,
    encoder: trunk,
    decoder: trunk,
  };
  const mixed = new SoftVQ({ ...options, rotary: { kind: 'mixed' } });
  const axial = new SoftVQ({ ...options, rotary: { kind: 'axial' } });
  expect(Object.keys(mixed.parameters())).toContain('decoder.freqs');
  expect(Object.keys(mixed.parameters())).not.toContain('decoder.model.pos_embed');
  expect(Object.keys(mixed.stateDict())).not.toContain('decoder.model.pos_embed');
  expect(Object.keys(mixed.parameters())).toContain('encoder.model.pos_embed');
  expect(Object.keys(axial.stateDict())).not.toContain('encoder.freqs');
});
