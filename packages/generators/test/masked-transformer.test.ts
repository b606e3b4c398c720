import { ArgumentError, type Backend, compile, setDefaultBackend, type Tensor, tensor } from '@softvq/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MAROptions } from '../src/mar/mar-options.js';
import { MaskedTransformer } from '../src/mar/masked-transformer.js';
import { knownTokens } from '../src/mar/masking.js';
import { disposeAll, relativeError } from './golden/golden-file.js';
import { goldenMAROptions, goldenRows, marNetworkFigures } from './golden/mar.js';
import { backends, expectFigures, openGolden } from './golden.js';

class Network extends MaskedTransformer {
  constructor(options: MAROptions) {
    super(options);
  }
}

interface Call {
  readonly tokens: Tensor;
  readonly images: Tensor;
  readonly labels: Tensor;
  readonly known: Tensor;
  readonly places: Tensor;
}

describe.each(backends)('on %s', (_, factory) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await factory();
    setDefaultBackend(backend);
  });
  afterAll(() => backend.dispose());

  async function goldenNetwork() {
    const golden = await openGolden('mar');
    const network = new Network(goldenMAROptions(golden));
    network.loadStateDict(golden.group('weight.'));
    return { golden, network };
  }

  it('computes the encoder, the decoder and the head of golden mar', async () => {
    const { golden, network } = await goldenNetwork();
    expectFigures(await marNetworkFigures(network, golden, backend), 3);
  });

  it('serves every number of rows and known tokens by one executable, none included', async () => {
    const { golden, network } = await goldenNetwork();
    const [order] = await goldenRows(golden, 'input.orders');
    const run = compile(
      ({ places, ...call }: Call) => network.decode({ encoded: network.encode(call), places }),
      {
        backend,
        dynamic: {
          tokens: ['images'],
          images: ['rows'],
          labels: ['rows'],
          known: ['rows', 'known'],
          places: ['rows'],
        },
      },
    );
    const tokens = golden.tensor('input.tokens');
    for (const masked of [16, 15, 7, 1]) {
      const alone = await run({
        tokens: tokens.slice([{ stop: 1 }]),
        images: tensor(Int32Array.of(0)),
        labels: tensor(Int32Array.of(4)),
        ...knownTokens([order!], masked),
      });
      // Two rows of one image, of which the first has no class, and a row of another.
      const several = await run({
        tokens,
        images: tensor(Int32Array.of(0, 0, 2)),
        labels: tensor(Int32Array.of(10, 4, 4)),
        ...knownTokens([order!, order!, order!], masked),
      });
      expect(await relativeError(several.slice([{ start: 1, stop: 2 }]), alone)).toBeLessThan(1e-6);
      expect(await relativeError(several.slice([{ stop: 1 }]), alone)).toBeGreaterThan(1e-3);
      // Without known tokens images do not matter.
      const other = await relativeError(several.slice([{ start: 2 }]), alone);
      if (masked === 16) expect(other).toBeLessThan(1e-6);
      else expect(other).toBeGreaterThan(1e-3);
      disposeAll([alone, several]);
    }
    expect(run.compilations).toBe(1);
    await run.dispose();
  });
});

describe('the network', () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await backends[1][1]();
    setDefaultBackend(backend);
  });
  afterAll(() => backend.dispose());

  const transformer = { width: 64, depth: 1, heads: 2 };
  const options: MAROptions = {
    latentShape: [8, 6],
    encoder: transformer,
    decoder: { ...transformer, width: 32 },
    head: { width: 48, depth: 1 },
    classes: 30,
  };

  it('starts as the reference does', async () => {
    const state = new Network(options).stateDict();
    const numbersOf = async (name: string): Promise<number[]> =>
      Array.from((await state[name]!.host()).data, Number);
    for (const name of ['class_emb.weight', 'encoder_pos_embed_learned', 'diffusion_pos_embed_learned']) {
      const numbers = await numbersOf(name);
      const deviation = Math.sqrt(numbers.reduce((sum, each) => sum + each * each, 0) / numbers.length);
      expect(Math.abs(deviation - 0.02), name).toBeLessThan(0.003);
    }
    for (const [name, inputs, outputs] of [
      ['z_proj.weight', 6, 64],
      ['encoder_blocks.0.attn.qkv.weight', 64, 192],
      ['decoder_embed.weight', 64, 32],
      ['diffloss.net.cond_embed.weight', 32, 48],
      ['diffloss.net.res_blocks.0.mlp.2.weight', 48, 48],
    ] as const) {
      const largest = Math.max(...(await numbersOf(name)).map(Math.abs));
      const bound = Math.sqrt(6 / (inputs + outputs));
      expect(largest, name).toBeLessThanOrEqual(bound);
      expect(largest, name).toBeGreaterThan(0.95 * bound);
    }
    for (const name of Object.keys(state)) {
      const isNorm = /norm|_ln/.test(name);
      if (!isNorm && !/bias$|adaLN|final_layer/.test(name)) continue;
      const expected = isNorm && name.endsWith('weight') ? 1 : 0;
      expect(new Set(await numbersOf(name)), name).toEqual(new Set([expected]));
    }
  });

  it.each([
    ['no blocks', { encoder: { ...transformer, depth: 0 } }],
    ['heads that do not divide the width', { decoder: { ...transformer, heads: 3 } }],
    ['no buffer', { buffer: 0 }],
    ['half a class', { classes: 1.5 }],
    ['a probability above 1', { labelDropout: 1.1 }],
    ['everything dropped', { attentionDropout: 1 }],
    ['nothing masked', { leastMaskRatio: 0 }],
    ['masks of one size', { maskRatioDeviation: 0 }],
    ['a bound of 0', { clipDenoised: 0 }],
    ['more steps than the head was trained on', { headSteps: 1001 }],
    ['patches of tokens', { patchSize: 2 }],
    ['a grid that is no square', { latentShape: [6, 8, 4] }],
  ] as const)('refuses %s', (_, change) => {
    expect(() => new Network({ ...options, ...change })).toThrow(ArgumentError);
  });
});
