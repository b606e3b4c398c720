import { compile, type HostArray, mul, type Tensor, tensor, valueAndGrad } from '@softvq/core';
import { RandomStream } from '@softvq/core/random';
import { expect, it } from 'vitest';
import {
  adjustBrightness,
  adjustContrast,
  adjustSaturation,
  cutOut,
  type DiffAugmentDraws,
  type DiffAugmentPolicy,
  diffAugment,
  drawDiffAugment,
  strongAugmentation,
  translate,
  weakAugmentation,
} from '../../src/losses/index.js';
import { describeOnBackends, expectClose, ofGradients, ofValues, openGolden } from './golden.js';

const batch = { batch: 3, height: 20, width: 24 };

function draws(index: number, policy: DiffAugmentPolicy = strongAugmentation): DiffAugmentDraws {
  return drawDiffAugment(new RandomStream({ seed: 5, name: 'augment', index }), batch, policy);
}

function withGates(drawn: DiffAugmentDraws, color: number, translation: number, cutout: number) {
  const gates = { color: tensor(color), translation: tensor(translation), cutout: tensor(cutout) };
  return { ...drawn, gates };
}

describeOnBackends((backend) => {
  it('computes the golden augmentations from their draws', async () => {
    const golden = await openGolden('diffaugment');
    const images = golden.tensor('input');
    const drawn = async (name: string): Promise<Tensor> => {
      const { data, dtype } = await golden.tensor(`draw.${name}`).host();
      return tensor(data, { dtype });
    };
    const offsets = async (name: string) => ({
      rows: await drawn(`${name}_x`),
      columns: await drawn(`${name}_y`),
    });
    const augment = compile(
      ({ images, brightness, saturation, contrast, translation, weak, strong }: GoldenDraws) => ({
        brightness: adjustBrightness(images, brightness),
        saturation: adjustSaturation(images, saturation),
        contrast: adjustContrast(images, contrast),
        translation: translate(images, translation),
        'cutout_0.2': cutOut(images, 0.2, weak),
        'cutout_0.5': cutOut(images, 0.5, strong),
      }),
      { backend: backend() },
    );
    const result = await augment({
      images,
      brightness: await drawn('brightness'),
      saturation: await drawn('saturation'),
      contrast: await drawn('contrast'),
      translation: await offsets('translation'),
      weak: await offsets('cutout_0.2'),
      strong: await offsets('cutout_0.5'),
    });
    for (const [name, actual] of Object.entries(result)) {
      await expectClose(name, actual, golden.tensor(name), ofValues);
    }
    await augment.dispose();
  });

  it('applies groups one after the other, each for the whole batch or not at all', async () => {
    const images = (await openGolden('diffaugment')).tensor('input');
    const policy = { probability: 0.5, cutoutRatio: 0.5 };
    const augment = compile(
      ({ drawn }: { drawn: DiffAugmentDraws }) => ({
        actual: diffAugment(images, drawn, policy),
        colored: adjustContrast(
          adjustSaturation(adjustBrightness(images, drawn.brightness), drawn.saturation),
          drawn.contrast,
        ),
        cut: cutOut(translate(images, drawn.translation), 0.5, drawn.cutout),
      }),
      { backend: backend() },
    );
    const nothing = await augment({ drawn: withGates(draws(0), 0.6, 0.6, 0.6) });
    await expectClose('nothing', nothing.actual, images, 1e-7);
    const color = await augment({ drawn: withGates(draws(0), 0.5, 0.6, 0.6) });
    await expectClose('color', color.actual, color.colored, 1e-6);
    const space = await augment({ drawn: withGates(draws(0), 0.6, 0.1, 0) });
    await expectClose('translation and cutout', space.actual, space.cut, 1e-6);
    await augment.dispose();
  });

  it('has the gradient of its finite differences', async () => {
    const images = (await openGolden('diffaugment')).tensor('input');
    const count = 3 * 3 * 20 * 24;
    const random = new RandomStream({ seed: 1, name: 'direction' });
    const weights = tensor(random.normal(count), { shape: [3, 3, 20, 24] });
    const direction = tensor(random.normal(count), { shape: [3, 3, 20, 24] });
    const slopes = compile(
      ({ drawn }: { drawn: DiffAugmentDraws }) => {
        const loss = (x: Tensor): Tensor => mul(diffAugment(x, drawn, strongAugmentation), weights).sum();
        const { gradient } = valueAndGrad(loss)(images);
        // The augmentation is affine in the images, so that the difference is exact whatever the step.
        return {
          analytic: gradient.mul(direction).sum(),
          numeric: loss(images.add(direction)).sub(loss(images)),
        };
      },
      { backend: backend() },
    );
    const { analytic, numeric } = await slopes({ drawn: draws(3) });
    await expectClose('slope', analytic, numeric, ofGradients);
    await slopes.dispose();
  });
});

interface GoldenDraws {
  readonly images: Tensor;
  readonly brightness: Tensor;
  readonly saturation: Tensor;
  readonly contrast: Tensor;
  readonly translation: { readonly rows: Tensor; readonly columns: Tensor };
  readonly weak: { readonly rows: Tensor; readonly columns: Tensor };
  readonly strong: { readonly rows: Tensor; readonly columns: Tensor };
}

it('draws within the ranges and the same for the same stream', async () => {
  const large = { batch: 2000, height: 20, width: 25 };
  const drawn = drawDiffAugment(new RandomStream({ seed: 0, name: 'augment' }), large, weakAugmentation);
  const range = async (x: Tensor): Promise<[number, number]> => {
    const numbers = Array.from((await x.data()) as Exclude<HostArray, BigInt64Array>);
    return [Math.min(...numbers), Math.max(...numbers)];
  };
  expect(await range(drawn.translation.rows)).toEqual([-3, 3]);
  expect(await range(drawn.translation.columns)).toEqual([-3, 3]);
  // 20 · 0.2 = 4 is even and has a place more than the side, 25 · 0.2 = 5 is odd.
  expect(await range(drawn.cutout.rows)).toEqual([0, 20]);
  expect(await range(drawn.cutout.columns)).toEqual([0, 24]);
  const again = drawDiffAugment(new RandomStream({ seed: 0, name: 'augment' }), large, weakAugmentation);
  expect(await again.brightness.data()).toEqual(await drawn.brightness.data());
  expect(await drawn.brightness.data()).not.toEqual(await drawn.contrast.data());
});

it('refuses draws of another batch and policies out of range', () => {
  const images = tensor(new Float32Array(2 * 3 * 4 * 4), { shape: [2, 3, 4, 4] });
  expect(() => diffAugment(images, draws(0), strongAugmentation)).toThrow(/\[2, 3, 4, 4\] and \[3\]/);
  expect(() => diffAugment(images, draws(0), { probability: 2, cutoutRatio: 0.5 })).toThrow(/not 2/);
  expect(() => draws(0, { probability: 1, cutoutRatio: -1 })).toThrow(/not -1/);
});
