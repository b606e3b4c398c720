import { evaluate, setDefaultBackend, type Tensor, tensor, valueAndGrad } from '@softvq/core';
import { type TensorRecord, tracedRandom } from '@softvq/core/nn';
import { RandomStream } from '@softvq/core/random';
import { beforeAll, expect, it } from 'vitest';
import { MAETok } from '../../src/index.js';
import { PatchDecoder } from '../../src/patch-decoder.js';
import { describeOnBackends, relativeError } from '../golden.js';
import { randomTensor, withRandomValues } from '../random-values.js';

const [width, depth, latentTokens, latentWidth, patches] = [4, 2, 2, 3, 4];

type Rows = number[][];
type State = Record<string, Rows>;

/** The decoder of one image in plain numbers, written from the formulas. */
function decoded(state: State, tokens: Rows, latents: Rows): Rows {
  const canvas = Array.from({ length: patches }, (_, i) =>
    added(state['mask_token']![0]!, state['model.pos_embed']![i]!),
  );
  const placed = tokens.map((token, i) => added(token, state['latent_pos_embed']![i]!));
  let x = [...canvas, ...placed];
  for (let layer = 0; layer < depth; layer++) {
    const of = (name: string): Rows => state[`model.blocks.${layer}.${name}`]!;
    const modulation = affine(
      latents.map((row) => row.map((z) => z / (1 + Math.exp(-z)))),
      of('adaLN_modulation.1.weight'),
      of('adaLN_modulation.1.bias'),
    );
    const part = (index: number): Rows =>
      modulation.map((row) => row.slice(index * width, (index + 1) * width));
    const before = modulated(x, part(0), part(1));
    x = x.map((row, i) => added(row, attended(before, of)[i]!));
    const hidden = affine(modulated(x, part(2), part(3)), of('mlp.fc1.weight'), of('mlp.fc1.bias'));
    const active = hidden.map((row) =>
      row.map((each) => each * 0.5 * (1 + errorFunction(each / Math.SQRT2))),
    );
    const out = affine(active, of('mlp.fc2.weight'), of('mlp.fc2.bias'));
    x = x.map((row, i) => added(row, out[i]!));
  }
  return x.slice(0, patches).map(normalized);
}

function attended(x: Rows, of: (name: string) => Rows): Rows {
  const qkv = affine(x, of('attn.qkv.weight'), of('attn.qkv.bias'));
  const part = (index: number): Rows => qkv.map((row) => row.slice(index * width, (index + 1) * width));
  const [queries, keys, values] = [part(0), part(1), part(2)];
  const mixed = queries.map((query) => {
    const weights = keys.map((key) => Math.exp(dot(query, key) / Math.sqrt(width)));
    const total = weights.reduce((sum, each) => sum + each, 0);
    return values[0]!.map((_, i) =>
      values.reduce((sum, value, j) => sum + (value[i]! * weights[j]!) / total, 0),
    );
  });
  return affine(mixed, of('attn.proj.weight'), of('attn.proj.bias'));
}

/** Normalised rows, of which the last are scaled and shifted. */
function modulated(x: Rows, shift: Rows, scale: Rows): Rows {
  return x.map((row, i) => {
    const latent = i - (x.length - latentTokens);
    const norm = normalized(row);
    return latent < 0 ? norm : norm.map((each, j) => each * scale[latent]![j]! + shift[latent]![j]!);
  });
}

function normalized(row: number[]): number[] {
  const mean = row.reduce((sum, each) => sum + each, 0) / row.length;
  const variance = row.reduce((sum, each) => sum + (each - mean) ** 2, 0) / row.length;
  return row.map((each) => (each - mean) / Math.sqrt(variance + 1e-6));
}

function affine(x: Rows, weight: Rows, [bias]: Rows): Rows {
  return x.map((row) => weight.map((weights, i) => dot(weights, row) + bias![i]!));
}

function added(a: number[], b: number[]): number[] {
  return a.map((each, i) => each + b[i]!);
}

function dot(a: number[], b: number[]): number {
  return a.reduce((sum, each, i) => sum + each * b[i]!, 0);
}

/** By its power series, for small arguments. */
function errorFunction(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 60; n++) {
    term *= -(x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

async function rowsOf(each: Tensor): Promise<Rows> {
  const columns = each.shape.at(-1) as number;
  const numbers = Array.from((await each.host()).data, Number);
  return Array.from({ length: numbers.length / columns }, (_, i) =>
    numbers.slice(i * columns, (i + 1) * columns),
  );
}

describeOnBackends((backend) => {
  beforeAll(() => setDefaultBackend(backend()));

  const decoder = withRandomValues(
    new PatchDecoder({
      imageSize: 4,
      patchSize: 2,
      width,
      depth,
      heads: 1,
      latentTokens,
      latentWidth,
      modulated: true,
      classToken: false,
      random: new RandomStream({ seed: 0, name: 'decoder' }),
    }),
  );

  it('modulates the norms of the latent tokens by the latents', async () => {
    const tokens = randomTensor('tokens', [2, latentTokens, width]);
    const latents = randomTensor('latents', [2, latentTokens, latentWidth]);
    const entries = Object.entries(decoder.stateDict()).map(
      async ([name, each]) => [name, await rowsOf(each)] as const,
    );
    const state = Object.fromEntries(await Promise.all(entries));
    const expected = await Promise.all(
      [0, 1].map(async (image) => {
        const ofImage = async (each: Tensor): Promise<Rows> =>
          rowsOf(each.slice([{ start: image, stop: image + 1 }]));
        return decoded(state, await ofImage(tokens), await ofImage(latents));
      }),
    );
    const actual = decoder.patches(tokens, latents);
    expect(await relativeError(actual, tensor(expected))).toBeLessThan(1e-5);
  });

  it('has the gradients of finite differences', async () => {
    const trunk = { width: 8, depth: 2, heads: 2 };
    const model = withRandomValues(
      new MAETok({
        imageSize: 16,
        patchSize: 8,
        latentTokens: 2,
        latentWidth: 3,
        encoder: trunk,
        decoder: { ...trunk, modulated: true },
        decoderClassToken: false,
        decoderDropPath: 0.2,
        rotary: { kind: 'mixed' },
        masking: { least: 0.4, most: 0.6 },
        auxiliary: { features: ['hog'], trunk: { ...trunk, modulated: true } },
      }),
      0.3,
    );
    const images = randomTensor('images', [2, 3, 16, 16], 0.5);
    const lossOf = (parameters: TensorRecord): Tensor => {
      const copy = model.with(parameters);
      const random = tracedRandom({ seed: 4, step: 1 });
      const { latents } = copy.quantized(images, random);
      const features = copy.auxiliaryFeatures(latents).hog!;
      return copy.decode(latents, random).sub(images).square().mean().add(features.square().mean());
    };
    const parameters = model.parameters();
    expect(Object.keys(parameters)).not.toContain('decoder.model.norm.adaLN_modulation.1.weight');
    const { gradient } = valueAndGrad(lossOf)(parameters);
    const step = 2e-3;
    const names = [
      'encoder.mask_token',
      'encoder.freqs',
      'decoder.freqs',
      'decoder.model.blocks.0.adaLN_modulation.1.weight',
      'decoder.model.blocks.1.attn.qkv.weight',
      'decoder_hog.model.blocks.1.adaLN_modulation.1.bias',
      'to_pixel_hog.weight',
      'quant_conv.weight',
    ];
    const slopes = names.map((name) => {
      const direction = randomTensor(`direction of ${name}`, parameters[name]!.shape as number[]);
      const at = (offset: number): Tensor =>
        lossOf({ ...parameters, [name]: parameters[name]!.add(direction.mul(offset)) });
      const numerical = at(step)
        .sub(at(-step))
        .div(2 * step);
      return { analytic: gradient[name]!.mul(direction).sum(), numerical };
    });
    await evaluate(slopes);
    for (const [i, { analytic, numerical }] of slopes.entries()) {
      const [a, b] = await Promise.all([analytic.item(), numerical.item()]);
      expect(Math.abs(a - b), names[i]).toBeLessThan(2e-3 * Math.max(1, Math.abs(b)));
      expect(Math.abs(b), names[i]).toBeGreaterThan(1e-4);
    }
  });
});
