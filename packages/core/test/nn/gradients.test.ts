import { type Tensor, tensor } from '@softvq/core';
import {
  Attention,
  BatchNorm,
  Conv2d,
  ConvTranspose2d,
  Embedding,
  GroupNorm,
  type Module,
  PatchEmbed,
  RMSNorm,
  TransformerBlock,
  timestepEmbedding,
  tracedRandom,
} from '@softvq/core/nn';
import { beforeAll, describe, expect, it } from 'vitest';
import { useReference } from '../use-reference.js';
import { gradientError, inFloat64 } from './gradient-check.js';
import { arbitrary } from './numbers.js';

beforeAll(useReference);

/** The derivatives of an arbitrary weighted sum of what `forward` makes, by parameters and input. */
async function errorOf<M extends Module>(
  module: M,
  input: Tensor,
  forward: (module: M, x: Tensor) => Tensor,
): Promise<number> {
  const { x = input, ...parameters } = await inFloat64({ ...module.parameters(), x: input });
  const wide = module.cast('float64');
  return gradientError(
    ({ x: at, ...tensors }) => {
      const y = forward(wide.with(tensors), at!);
      return y.mul(arbitrary(y.shape as readonly number[], 77)).sum();
    },
    { ...parameters, x },
  );
}

const tolerance = 1e-8;

describe('gradients against differences', () => {
  const tokens = arbitrary([2, 3, 4], 1);
  const image = arbitrary([2, 3, 4, 4], 2);

  it('Attention with mask and normalised queries and keys', async () => {
    const mask = tensor(
      [
        [0, Number.NEGATIVE_INFINITY, 0.5],
        [0, 0, Number.NEGATIVE_INFINITY],
        [0.1, 0.2, 0.3],
      ],
      { dtype: 'float64' },
    );
    const attention = new Attention(4, { heads: 2, qkNorm: true });
    expect(await errorOf(attention, tokens, (module, x) => module.forward(x, { mask }))).toBeLessThan(
      tolerance,
    );
  });

  it('TransformerBlock', async () => {
    const block = new TransformerBlock(4, { heads: 2, layerScale: 0.7 });
    expect(await errorOf(block, tokens, (module, x) => module.forward(x))).toBeLessThan(tolerance);
  });

  it('TransformerBlock with every kind of dropout', async () => {
    const rates = { attentionDropout: 0.3, projectionDropout: 0.2, mlpDropout: 0.3, dropPath: 0.5 };
    const block = new TransformerBlock(4, { heads: 2, ...rates });
    const random = tracedRandom({ seed: 3, step: 4 });
    expect(await errorOf(block, tokens, (module, x) => module.forward(x, { random }))).toBeLessThan(
      tolerance,
    );
  });

  it('BatchNorm, by the statistics of the batch and by the running ones', async () => {
    const norm = new BatchNorm(3);
    expect(await errorOf(norm, image, (module, x) => module.train(x).output)).toBeLessThan(tolerance);
    expect(await errorOf(norm, image, (module, x) => module.forward(x))).toBeLessThan(tolerance);
  });

  it('GroupNorm and RMSNorm', async () => {
    const channels = arbitrary([2, 4, 3], 3);
    expect(await errorOf(new GroupNorm(2, 4), channels, (module, x) => module.forward(x))).toBeLessThan(
      tolerance,
    );
    expect(await errorOf(new RMSNorm(3), channels, (module, x) => module.forward(x))).toBeLessThan(tolerance);
  });

  it('PatchEmbed and convolutions', async () => {
    const embed = new PatchEmbed({ patchSize: 2, width: 5 });
    expect(await errorOf(embed, image, (module, x) => module.forward(x))).toBeLessThan(tolerance);
    const conv = new Conv2d(3, 2, { kernel: 3, stride: 2, padding: 1 });
    expect(await errorOf(conv, image, (module, x) => module.forward(x))).toBeLessThan(tolerance);
    const transposed = new ConvTranspose2d(3, 2, { kernel: 3, stride: 2, padding: 1, outputPadding: 1 });
    expect(await errorOf(transposed, image, (module, x) => module.forward(x))).toBeLessThan(tolerance);
  });

  it('Embedding and timesteps', async () => {
    const indices = tensor([2, 0, 2], { dtype: 'int32' });
    const rows = await errorOf(new Embedding(3, 4), arbitrary([3, 4]), (module, x) =>
      module.forward(indices).mul(x),
    );
    expect(rows).toBeLessThan(tolerance);
    const times = { t: arbitrary([3]) };
    expect(
      await gradientError(
        ({ t }) =>
          timestepEmbedding(t!, 8)
            .square()
            .mul(arbitrary([3, 8]))
            .sum(),
        times,
      ),
    ).toBeLessThan(tolerance);
  });
});
