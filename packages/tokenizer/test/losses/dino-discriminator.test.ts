import { compile, matmul, type Tensor, tensor, valueAndGrad, zeros } from '@softvq/core';
import type { TensorRecord } from '@softvq/core/nn';
import { RandomStream } from '@softvq/core/random';
import { expect, it } from 'vitest';
import {
  type DinoCrop,
  DinoDiscriminator,
  DinoFeatures,
  drawDinoCrop,
  toDinoSize,
} from '../../src/losses/index.js';
import { describeOnBackends, expectClose, ofGradients, ofValues, openGolden } from './golden.js';

interface Config {
  readonly embed_dim: number;
  readonly num_heads: number;
  readonly depth: number;
  readonly key_depths: readonly number[];
}

async function goldenDiscriminator() {
  const golden = await openGolden('dino-discriminator');
  const config = JSON.parse(golden.metadata['config']!) as Config;
  const features = new DinoFeatures({
    width: config.embed_dim,
    heads: config.num_heads,
    depth: config.depth,
    readouts: config.key_depths,
  });
  const { missing } = features.loadStateDict(golden.group('weight.dino.'));
  expect(missing).toEqual([]);
  const discriminator = new DinoDiscriminator({ features, normalization: 'local' });
  discriminator.loadStateDict(golden.group('weight.'), { ignore: ['dino'] });
  return { golden, discriminator };
}

/**
 * Bicubic interpolation of square images to 224 pixels with coordinates rounded to float32, as PyTorch has them. Ours
 * are exact, and the difference of 4e-6 takes a leaky ReLU of the golden file over its kink, which changes the
 * gradient of the image by 1.1e-3.
 */
function resizeAsPyTorch(images: Tensor): Tensor {
  const [from, to] = [images.shape[2] as number, 224];
  const scale = Math.fround(from / to);
  const weights = new Float32Array(to * from);
  for (let output = 0; output < to; output++) {
    const center = Math.fround(Math.fround(scale * (output + 0.5)) - 0.5);
    for (let tap = Math.floor(center) - 1; tap <= Math.floor(center) + 2; tap++) {
      const at = output * from + Math.min(Math.max(tap, 0), from - 1);
      const d = Math.abs(center - tap);
      const near = (1.25 * d - 2.25) * d * d + 1;
      const far = -0.75 * (((d - 5) * d + 8) * d - 4);
      weights[at] = weights[at]! + (d < 1 ? near : far);
    }
  }
  const matrix = tensor(weights, { shape: [to, from] });
  return matmul(matmul(matrix, images), matrix, { transposeB: true });
}

/** A bias of a convolution that a batch norm follows. */
function isBeforeNorm(name: string): boolean {
  return /\.(0|1\.fn)\.0\.bias$/.test(name);
}

async function length(x: Tensor): Promise<number> {
  return Math.hypot(...((await x.data()) as Float32Array));
}

describeOnBackends((backend) => {
  it('computes the golden features, logits, spectral norms and gradients', async () => {
    const { golden, discriminator } = await goldenDiscriminator();
    // Four images are one group and so the whole batch, too.
    const ofWholeBatch = new DinoDiscriminator({ features: discriminator.dino });
    ofWholeBatch.loadStateDict(golden.group('weight.'), { ignore: ['dino', /running_/] });
    const step = compile(
      ({ parameters, images }: { parameters: TensorRecord; images: Tensor }) => ({
        ofWholeBatch: ofWholeBatch.train(images).logits,
        features: discriminator.dino.forward(toDinoSize(images)),
        training: discriminator.train(images),
        ...valueAndGrad((variables: { parameters: TensorRecord; images: Tensor }) => {
          const resized = resizeAsPyTorch(variables.images);
          return discriminator.with(variables.parameters).train(resized).logits.mean().neg();
        })({ parameters, images }),
      }),
      { backend: backend() },
    );
    const { features, training, gradient, ...result } = await step({
      parameters: discriminator.parameters(),
      images: golden.tensor('input.image'),
    });
    for (const [i, actual] of features.entries()) {
      await expectClose(`features ${i}`, actual, golden.tensor(`output.activation${i}`), ofValues);
    }
    await expectClose('logits', training.logits, golden.tensor('output.logits'), ofValues);
    await expectClose('batch', result.ofWholeBatch, golden.tensor('output.logits'), ofValues);
    const after = golden.group('after.');
    expect(Object.keys(training.buffers).sort()).toEqual([...after.keys()].sort());
    for (const [name, expected] of after) {
      await expectClose(`${name} after`, training.buffers[name]!, expected, ofValues);
    }
    const { image, ...expectedGradients } = Object.fromEntries(golden.group('grad.'));
    await expectClose('gradient of the image', gradient.images, image!, ofGradients);
    expect(Object.keys(gradient.parameters).sort()).toEqual(Object.keys(expectedGradients).sort());
    for (const [name, expected] of Object.entries(expectedGradients)) {
      if (isBeforeNorm(name)) {
        // The norm takes the mean away that a bias adds: both gradients are 0 but for rounding.
        const ofWeight = await length(expectedGradients[name.replace(/bias$/, 'weight_orig')]!);
        expect(await length(expected), name).toBeLessThan(ofGradients * ofWeight);
        expect(await length(gradient.parameters[name]!), name).toBeLessThan(ofGradients * ofWeight);
        continue;
      }
      await expectClose(`gradient of ${name}`, gradient.parameters[name]!, expected, ofGradients);
    }
    await step.dispose();
  });

  it('resizes small images as PyTorch does, with the same gradient', async () => {
    const images = (await openGolden('dino-discriminator')).tensor('input.image');
    const numbers = new RandomStream({ seed: 2, name: 'weights' }).normal(4 * 3 * 224 * 224);
    const weights = tensor(numbers, { shape: [4, 3, 224, 224] });
    const compare = compile(
      () => {
        const slope = (resized: (x: Tensor) => Tensor): Tensor =>
          valueAndGrad((x: Tensor) => resized(x).mul(weights).sum())(images).gradient;
        return {
          ours: { image: toDinoSize(images), slope: slope(toDinoSize) },
          theirs: { image: resizeAsPyTorch(images), slope: slope(resizeAsPyTorch) },
        };
      },
      { backend: backend() },
    );
    const { ours, theirs } = await compare({});
    await expectClose('resized', ours.image, theirs.image, ofValues);
    await expectClose('gradient', ours.slope, theirs.slope, ofGradients);
    await compare.dispose();
  });

  it('crops large images or averages their pixels', async () => {
    const numbers = new RandomStream({ seed: 3, name: 'image' }).uniform(3 * 448 * 448);
    const images = tensor(numbers, { shape: [1, 3, 448, 448] });
    const shrink = compile(
      ({ crop }: { crop: DinoCrop }) => ({
        small: toDinoSize(images, crop),
        averaged: images.reshape([1, 3, 224, 2, 224, 2]).mean([3, 5]),
        cut: images.slice([null, null, { start: 5, stop: 229 }, { start: 224 }]),
        without: toDinoSize(images),
      }),
      { backend: backend() },
    );
    const at = (gate: number): DinoCrop => ({
      gate: tensor(gate),
      row: tensor(5, { dtype: 'int32' }),
      column: tensor(224, { dtype: 'int32' }),
    });
    const cropped = await shrink({ crop: at(0.5) });
    await expectClose('cropped', cropped.small, cropped.cut, 1e-7);
    const resized = await shrink({ crop: at(0.6) });
    await expectClose('resized', resized.small, resized.averaged, 1e-6);
    await expectClose('without draws', resized.without, resized.averaged, 1e-6);
    await shrink.dispose();
  });

  it('evaluates by the running statistics and the singular vectors of training', async () => {
    const features = new DinoFeatures({ width: 8, heads: 2, depth: 1, readouts: [0] });
    const discriminator = new DinoDiscriminator({ features });
    const images = (await openGolden('dino-discriminator')).tensor('input.image').slice([{ stop: 2 }]);
    const compare = compile(
      () => {
        const zero = Object.entries(discriminator.buffers()).flatMap(([name, { shape }]) =>
          /running_/.test(name) ? [[name, zeros(shape)]] : [],
        );
        const { logits, buffers } = discriminator.with(Object.fromEntries(zero)).train(images);
        const unbiased = (10 * (2 * 196 - 1)) / (2 * 196);
        const ofBatch = Object.entries(buffers).map(([name, buffer]) => [
          name,
          name.endsWith('running_mean')
            ? buffer.mul(10)
            : name.endsWith('running_var')
              ? buffer.mul(unbiased)
              : buffer,
        ]);
        return { logits, evaluated: discriminator.with(Object.fromEntries(ofBatch)).forward(images) };
      },
      { backend: backend() },
    );
    const { logits, evaluated } = await compare({});
    await expectClose('logits', evaluated, logits, ofValues);
    await compare.dispose();
  });
});

it('keeps the frozen network out of its state', () => {
  const discriminator = new DinoDiscriminator({ features: new DinoFeatures() });
  const names = Object.keys(discriminator.stateDict());
  expect(names.filter((name) => !name.startsWith('heads.'))).toEqual([]);
  expect(names.filter((name) => name.startsWith('heads.4.'))).toEqual([
    'heads.4.0.0.weight_orig',
    'heads.4.0.0.bias',
    'heads.4.0.0.weight_u',
    'heads.4.0.0.weight_v',
    'heads.4.0.1.weight',
    'heads.4.0.1.bias',
    'heads.4.0.1.running_mean',
    'heads.4.0.1.running_var',
    'heads.4.1.fn.0.weight_orig',
    'heads.4.1.fn.0.bias',
    'heads.4.1.fn.0.weight_u',
    'heads.4.1.fn.0.weight_v',
    'heads.4.1.fn.1.weight',
    'heads.4.1.fn.1.bias',
    'heads.4.1.fn.1.running_mean',
    'heads.4.1.fn.1.running_var',
    'heads.4.2.weight_orig',
    'heads.4.2.bias',
    'heads.4.2.weight_u',
    'heads.4.2.weight_v',
  ]);
  // Five heads of 7.39 million parameters in all, as in the original.
  expect(discriminator.heads.length).toBe(5);
  const trained = Object.values(discriminator.parameters()).map(({ size }) => Number(size));
  expect(trained.reduce((sum, size) => sum + size)).toBe(5 * (384 * 384 * 10 + 384 * 7 + 1));
});

it('refuses readouts that are no blocks in rising order', () => {
  expect(() => new DinoFeatures({ depth: 4, readouts: [1, 4] })).toThrow(/0 to 3 .* not 1, 4/);
  expect(() => new DinoFeatures({ readouts: [2, 1] })).toThrow(/not 2, 1/);
});

it('draws crops inside the image', async () => {
  const draws = Array.from({ length: 200 }, (_, index) =>
    drawDinoCrop(new RandomStream({ seed: 0, name: 'crop', index }), 226, 225),
  );
  const rows = await Promise.all(draws.map(({ row }) => row.item()));
  const columns = await Promise.all(draws.map(({ column }) => column.item()));
  expect(new Set(rows)).toEqual(new Set([0, 1, 2]));
  expect(new Set(columns)).toEqual(new Set([0, 1]));
  expect(() => drawDinoCrop(new RandomStream({ seed: 0, name: 'crop' }), 200, 225)).toThrow();
});
