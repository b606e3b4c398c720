import { cpu } from '@softvq/backends/cpu';
import { compile, type Tensor, tensor, valueAndGrad, zeros } from '@softvq/core';
import { expect, it } from 'vitest';
import { lpipsFromWeights } from '../../src/losses/index.js';
import { describeOnBackends, expectClose, ofGradients, ofValues, openGolden } from './golden.js';
import { lpipsHashWeights } from './hash-weights.js';

describeOnBackends((backend) => {
  it('computes the golden features', async () => {
    const golden = await openGolden('lpips');
    const weights = lpipsHashWeights();
    expect(JSON.parse(golden.metadata['names']!)).toEqual(
      [...weights.keys()].filter((each) => each.startsWith('slice')),
    );
    const lpips = lpipsFromWeights(weights);
    const features = compile(({ a }: { a: Tensor }) => lpips.features(a).map((each) => each.mean([2, 3])), {
      backend: backend(),
    });
    for (const [depth, mean] of (await features({ a: golden.tensor('input.a') })).entries()) {
      await expectClose(`features ${depth}`, mean, golden.tensor(`output.feature_mean${depth}`), ofValues);
    }
    await features.dispose();
  });

  it('has a gradient of 0 where features are', async () => {
    const weights = lpipsHashWeights();
    // Nothing but zeros leaves the first ReLU.
    weights.set('slice1.0.weight', zeros([64, 3, 3, 3]));
    weights.set('slice1.0.bias', tensor(new Float32Array(64).fill(-1)));
    weights.set('slice1.2.bias', tensor(new Float32Array(64).fill(-1)));
    const lpips = lpipsFromWeights(weights);
    const image = zeros([1, 3, 16, 16]);
    const step = compile(
      () => valueAndGrad((x: Tensor) => lpips.forward(x, image))(image.add(0.5)).gradient,
      { backend: backend() },
    );
    expect(new Set((await (await step({})).data()) as Float32Array)).toEqual(new Set([0]));
    await step.dispose();
  });
});

// The reference interpreter would take half a minute.
it('computes the golden distances and gradient on the CPU', async () => {
  const backend = await cpu();
  const golden = await openGolden('lpips');
  const lpips = lpipsFromWeights(lpipsHashWeights());
  const step = compile(
    ({ a, b }: { a: Tensor; b: Tensor }) => ({
      distances: lpips.distances(b, a),
      ...valueAndGrad((x: Tensor) => lpips.forward(x, a))(b),
    }),
    { backend },
  );
  const { distances, gradient } = await step({ a: golden.tensor('input.a'), b: golden.tensor('input.b') });
  await expectClose('distance', distances, golden.tensor('output.distance'), ofValues);
  await expectClose('gradient', gradient, golden.tensor('output.grad_b'), ofGradients);
  await backend.dispose();
});

it('loads the names of torchvision and of a saved LPIPS alike', () => {
  const saved = lpipsFromWeights(lpipsHashWeights()).stateDict();
  const renamed = new Map(
    Object.entries(saved).map(([name, each]) => [name.replace(/^net\.slice\d/, 'features'), each]),
  );
  expect(renamed.has('features.28.weight')).toBe(true);
  renamed.set('classifier.0.weight', tensor([0]));
  const fromBoth = lpipsFromWeights(renamed);
  expect(fromBoth.stateDict()).toEqual(saved);
  expect(fromBoth.parameters()).toEqual({});
});

it('says where to get weights that are missing', () => {
  const weights = lpipsHashWeights();
  weights.delete('lin3.model.1.weight');
  weights.set('lin4.model.1.weight', tensor([1]));
  weights.set('lin5', tensor([1]));
  expect(() => lpipsFromWeights(weights)).toThrow(
    /vgg16-397923af\.pth.*PerceptualSimilarity.*missing: lin3\.model\.1\.weight; unknown: lin5; of another shape: lin4\.model\.1\.weight/,
  );
});

it('refuses images that are too small or of different shapes', () => {
  const lpips = lpipsFromWeights(lpipsHashWeights());
  expect(() => lpips.features(zeros([1, 3, 15, 16]))).toThrow(/\[1, 3, 15, 16\]/);
  expect(() => lpips.distances(zeros([1, 3, 16, 16]), zeros([2, 3, 16, 16]))).toThrow(/of one shape/);
});
