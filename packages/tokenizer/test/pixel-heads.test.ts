import { ArgumentError, conv2d, relu, resize, setDefaultBackend, sin, type Tensor } from '@softvq/core';
import { RandomStream } from '@softvq/core/random';
import { beforeAll, expect, it } from 'vitest';
import { AE, createTokenizer } from '../src/index.js';
import { type PixelHeadName, pixelHead } from '../src/pixel-head/pixel-head.js';
import { describeOnBackends, relativeError } from './golden.js';
import { randomTensor, withRandomValues } from './random-values.js';

const random = new RandomStream({ seed: 0, name: 'head' });

function head(name: PixelHeadName, imageSize: number, patchSize: number) {
  return withRandomValues(pixelHead(name, { width: 6, imageSize, patchSize, random }), 0.1);
}

describeOnBackends((backend) => {
  beforeAll(() => setDefaultBackend(backend()));

  it('linear puts rows of pixels of three channels where they belong', async () => {
    const [patchSize, side] = [2, 3];
    const layer = head('linear', patchSize * side, patchSize);
    const tokens = randomTensor('tokens', [2, side ** 2, 6]);
    const images = layer.forward(tokens);
    const { 'model.weight': weight, 'model.bias': bias } = layer.stateDict();
    const numbers = (await tokens.matmul(weight!, { transposeB: true }).add(bias!).array()) as number[][][];
    const pixels = (await images.array()) as number[][][][];
    for (let channel = 0; channel < 3; channel++) {
      for (let row = 0; row < 6; row++) {
        for (let column = 0; column < 6; column++) {
          const patch = Math.floor(row / 2) * side + Math.floor(column / 2);
          const place = ((row % 2) * 2 + (column % 2)) * 3 + channel;
          expect(pixels[1]![channel]![row]![column]).toBeCloseTo(numbers[1]![patch]![place]!, 5);
        }
      }
    }
  });

  it('conv doubles the grid of tokens four times', async () => {
    const layer = head('conv', 32, 16);
    const tokens = randomTensor('tokens', [2, 4, 6]);
    const weights = layer.stateDict();
    expect(Object.entries(weights).map(([name, { shape }]) => [name, shape])).toEqual(
      [
        [1, 128, 6, 1],
        [4, 64, 128, 3],
        [7, 32, 64, 3],
        [10, 16, 32, 3],
        [13, 3, 16, 3],
      ].flatMap(([place, outputs, inputs, kernel]) => [
        [`model.${place}.weight`, [outputs, inputs, kernel, kernel]],
        [`model.${place}.bias`, [outputs]],
      ]),
    );
    const convolved = (x: Tensor, place: number, padding: number): Tensor =>
      conv2d(x, weights[`model.${place}.weight`]!, { bias: weights[`model.${place}.bias`], padding });
    const grid = tokens.reshape([2, 2, 2, 6]).transpose([0, 3, 1, 2]);
    const expected = [4, 7, 10, 13].reduce(
      (x, place) => {
        const [height, width] = x.shape.slice(2) as [number, number];
        return convolved(resize(relu(x), [2 * height, 2 * width], { method: 'nearest' }), place, 1);
      },
      convolved(grid, 1, 0),
    );
    const actual = layer.forward(tokens);
    expect(actual.shape).toEqual([2, 3, 32, 32]);
    expect(await relativeError(actual, expected)).toBeLessThan(1e-5);
    expect(layer.lastLayer).toBe('model.13.weight');
  });

  it('siren makes a row of pixels of every token by two sines', async () => {
    const layer = head('siren', 16, 4);
    const tokens = randomTensor('tokens', [2, 16, 6]);
    const weights = layer.stateDict();
    expect(Object.entries(weights).map(([name, { shape }]) => [name, shape])).toEqual([
      ['model.0.linear.weight', [12, 6]],
      ['model.0.linear.bias', [12]],
      ['model.1.linear.weight', [48, 12]],
      ['model.1.linear.bias', [48]],
    ]);
    const sine = (x: Tensor, place: number): Tensor =>
      sin(
        x
          .matmul(weights[`model.${place}.linear.weight`]!, { transposeB: true })
          .add(weights[`model.${place}.linear.bias`]!)
          .mul(30),
      );
    const expected = sine(sine(tokens, 0), 1).reshape([2, 3, 16, 16]);
    expect(await relativeError(layer.forward(tokens), expected)).toBeLessThan(1e-4);
    expect(layer.lastLayer).toBe('model.1.linear.weight');
  });

  it('siren starts with the bounds of its two layers', async () => {
    const layer = pixelHead('siren', { width: 6, imageSize: 16, patchSize: 4, random });
    for (const [place, bound] of [
      [0, 1 / 6],
      [1, Math.sqrt(6 / 12) / 30],
    ] as const) {
      const weight = layer.stateDict()[`model.${place}.linear.weight`]!;
      const largest = await weight.abs().max().item();
      expect(largest).toBeLessThanOrEqual(bound);
      expect(largest).toBeGreaterThan(0.8 * bound);
    }
  });
});

it.each([
  ['conv', 32, 8, /the patch size must be 16, not 8/],
  ['siren', 32, 4, /images in patches of 4 must be 16 high, not 32/],
] as const)('%s refuses images of %i in patches of %i', (pixelHead, imageSize, patchSize, message) => {
  const trunk = { width: 8, depth: 1, heads: 2 };
  const make = (): AE =>
    new AE({
      imageSize,
      patchSize,
      latentTokens: 2,
      latentWidth: 3,
      encoder: trunk,
      decoder: trunk,
      pixelHead,
    });
  expect(make).toThrow(ArgumentError);
  expect(make).toThrow(message);
});

it.each([
  [{ to_pixel: 'linear' }, 'decoder.to_pixel.model.weight'],
  [{ to_pixel: 'conv' }, 'decoder.to_pixel.model.13.weight'],
  [{ to_pixel: 'siren' }, 'decoder.to_pixel.model.1.linear.weight'],
  [
    {
      enc_type: 'cnn',
      dec_type: 'cnn',
      encoder_model: 'llamagen_encoder',
      decoder_model: 'llamagen_decoder',
    },
    'decoder.conv_out.weight',
  ],
])('names the last layer of %j', (change, name) => {
  const model = 'vit_small_patch14_dinov2.lvd142m';
  const shared = {
    _class_name: 'KL',
    enc_type: 'vit',
    dec_type: 'vit',
    encoder_model: model,
    decoder_model: model,
  };
  const tokenizer = createTokenizer({ ...shared, ...change });
  expect(tokenizer.lastLayer).toBe(name);
  expect(Object.keys(tokenizer.parameters())).toContain(name);
});
