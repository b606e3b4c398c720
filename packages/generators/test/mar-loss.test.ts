import {
  ArgumentError,
  type Backend,
  type LossDraws,
  ShapeError,
  setDefaultBackend,
  tensor,
  zeros,
} from '@softvq/core';
import { RandomStream } from '@softvq/core/random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAR } from '../src/mar/mar.js';
import type { MAROptions } from '../src/mar/mar-options.js';
import { gridToTokens, tokensToGrid } from '../src/mar/token-grid.js';
import { marLossFigures } from './golden/mar.js';
import { backends, expectFigures, openGolden } from './golden.js';
import { withOtherValues } from './other-values.js';
import { sourceOf } from './source-of.js';

describe.each(backends)('on %s', (_, factory) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await factory();
    setDefaultBackend(backend);
  });
  afterAll(() => backend.dispose());

  it('computes the loss of golden mar with its gradients, from the recorded draws', async () => {
    const golden = await openGolden('mar');
    const { figures, unlearned } = await marLossFigures(golden, backend);
    expectFigures(figures, 1 + golden.group('loss.grad.').size);
    // Without dropped labels nothing is learned of their vector.
    expect([...unlearned.keys()]).toEqual(['fake_latent']);
    const { data } = await unlearned.get('fake_latent')!.host();
    expect(data.every((each) => each === 0)).toBe(true);
  });
});

describe('the loss', () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await backends[1][1]();
    setDefaultBackend(backend);
  });
  afterAll(() => backend.dispose());

  const transformer = { width: 8, depth: 1, heads: 2 };
  const options: MAROptions = {
    latentShape: [4, 3],
    encoder: transformer,
    decoder: transformer,
    head: { width: 8, depth: 1 },
    buffer: 2,
    classes: 5,
    noisesPerToken: 2,
    leastMaskRatio: 0.5,
  };
  const random = new RandomStream({ seed: 3, name: 'test' });
  const latents = tensor(random.normal(2 * 12), { shape: [2, 4, 3] });
  const labels = tensor(Int32Array.of(1, 4));
  const noDropout = { attentionDropout: 0, projectionDropout: 0 };

  const numberOf = (mar: MAR, draws: LossDraws): Promise<number> => mar.loss(latents, labels, draws).item();

  it('has draws of the same shapes, whatever is masked', () => {
    const mar = new MAR(options);
    const shapes = (draws: LossDraws) =>
      Object.entries(draws).map(([name, { shape, dtype }]) => `${name} ${dtype} ${shape.join()}`);
    const first = shapes(mar.drawLoss(2, random));
    for (let i = 0; i < 5; i++) expect(shapes(mar.drawLoss(2, random))).toEqual(first);
  });

  it('does not depend on what only fills the known tokens up', async () => {
    const mar = new MAR({ ...options, ...noDropout });
    const draws = mar.drawLoss(2, {
      ...sourceOf(random),
      truncatedNormal: () => Float32Array.of(0.75),
    });
    const known = Int32Array.from((await draws['known']!.host()).data, Number);
    // One of two is known.
    expect(await draws['mask']!.array()).toEqual([0, 0, 0, -Infinity]);
    const other = known.map((position, i) => (i % 2 === 0 ? position : 3));
    const changed = { ...draws, known: tensor(other, { shape: [2, 2] }) };
    const visible = { ...changed, mask: zeros([4]) };
    expect(other).not.toEqual(known);
    const lively = withOtherValues(mar, 1);
    expect(await numberOf(lively, changed)).toBe(await numberOf(lively, draws));
    expect(await numberOf(lively, visible)).not.toBe(await numberOf(lively, draws));
  });

  it('starts near one, the variance of the noise, plus the bound', async () => {
    const mar = new MAR(options);
    const draws = mar.drawLoss(2, random);
    const value = await numberOf(mar, draws);
    expect(value).toBeGreaterThan(0.5);
    expect(value).toBeLessThan(4);
  });

  it('drops labels by their numbers, and activations by the seed', async () => {
    const mar = withOtherValues(new MAR({ ...options, ...noDropout, labelDropout: 0.3 }), 1);
    const draws = { ...mar.drawLoss(2, random), labelUniform: tensor([0.29, 0.3]) };
    const value = await numberOf(mar, draws);
    const dropped = mar.loss(latents, tensor(Int32Array.of(5, 4)), {
      ...draws,
      labelUniform: tensor([1, 1]),
    });
    expect(await dropped.item()).toBe(value);
    expect(await numberOf(mar, { ...draws, labelUniform: tensor([0.29, 0.29]) })).not.toBe(value);
    const otherSeed = { ...draws, dropoutSeed: tensor(7, { dtype: 'int32' }) };
    expect(await numberOf(mar, otherSeed)).toBe(value);

    for (const dropout of [{ attentionDropout: 0.5 }, { projectionDropout: 0.5 }]) {
      const dropping = withOtherValues(new MAR({ ...options, ...noDropout, ...dropout }), 1);
      const first = await numberOf(dropping, draws);
      expect(await numberOf(dropping, draws)).toBe(first);
      expect(await numberOf(dropping, otherSeed)).not.toBe(first);
      const otherStep = { ...draws, dropoutStep: tensor(7, { dtype: 'int32' }) };
      expect(await numberOf(dropping, otherStep)).not.toBe(first);
    }
  });

  it('takes grids', async () => {
    const grid = new MAR({ ...options, ...noDropout, latentShape: [3, 4, 4], patchSize: 2 });
    const tokens = new MAR({ ...options, ...noDropout, latentShape: [4, 12] });
    const draws = grid.drawLoss(2, random);
    const images = tensor(random.normal(2 * 48), { shape: [2, 3, 4, 4] });
    const asTokens = gridToTokens(images, 2);
    expect(await grid.loss(images, labels, draws).item()).toBe(
      await tokens.loss(asTokens, labels, draws).item(),
    );
    expect(await tokensToGrid(asTokens, 2).array()).toEqual(await images.array());
    // The first token is the upper left patch, channel by channel.
    expect(
      await asTokens
        .slice([{ stop: 1 }, { stop: 1 }])
        .reshape([12])
        .array(),
    ).toEqual(
      await images
        .slice([{ stop: 1 }, null, { stop: 2 }, { stop: 2 }])
        .reshape([12])
        .array(),
    );
  });

  it('needs all of its draws', () => {
    const mar = new MAR(options);
    const { mask: _, ...rest } = mar.drawLoss(2, random);
    expect(() => mar.loss(latents, labels, rest)).toThrow(ArgumentError);
  });

  it('refuses latents of another shape', () => {
    const mar = new MAR(options);
    const draws = mar.drawLoss(2, random);
    expect(() => mar.loss(zeros([2, 3, 4]), labels, draws)).toThrow(ShapeError);
  });
});
