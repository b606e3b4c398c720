import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpu } from '@softvq/backends/cpu';
import { cast, concat, stopGradient, type Tensor, zeros } from '@softvq/core';
import { tracedRandom } from '@softvq/core/nn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CreateTokenizer,
  describeTokenizer,
  runChecks,
  type TokenizerConformanceOptions,
} from '../src/conformance/index.js';
import {
  AE,
  type AnyTokenizer,
  ConvolutionalKL,
  ConvolutionalVQ,
  featureError,
  featureMisalignment,
  hogFeatures,
  KL,
  klDivergence,
  MAETok,
  SoftVQ,
  VQ,
} from '../src/index.js';
import { fromPretrained, savePretrained } from '../src/node/index.js';

const trunk = { width: 16, depth: 1, heads: 2 };
const plain = {
  imageSize: 16,
  patchSize: 8,
  latentTokens: 4,
  latentWidth: 6,
  encoder: trunk,
  decoder: trunk,
};
const shared = { ...plain, latentStatistics: { mean: 0.25, std: 0.5 } };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'softvq-conformance-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** By way of a folder, as users do it. */
async function throughFolder<T extends AnyTokenizer>(tokenizer: T): Promise<T> {
  await savePretrained(tokenizer, folder);
  return (await fromPretrained(folder)) as T;
}

describeTokenizer('SoftVQ', () => new SoftVQ({ ...shared, codebooks: 2, codebookSize: 8 }), {
  createBackend: cpu,
  roundTrip: throughFolder,
});

describeTokenizer('VQ', () => new VQ({ ...shared, codebookSize: 8 }), {
  createBackend: cpu,
  roundTrip: throughFolder,
  losses: (tokenizer, images) => {
    const { codebookLoss, commitmentLoss } = tokenizer.quantized(images);
    return codebookLoss.add(commitmentLoss.mul(0.25));
  },
});

describeTokenizer('KL', () => new KL(shared), {
  createBackend: cpu,
  roundTrip: throughFolder,
  losses: (tokenizer, images) => klDivergence(tokenizer.quantized(images)).mean(),
});

describeTokenizer(
  'MAETok',
  () =>
    new MAETok({
      ...shared,
      decoder: { ...trunk, modulated: true },
      decoderClassToken: false,
      decoderDropPath: 0.05,
      rotary: { kind: 'mixed' },
      masking: { least: 0.4, most: 0.6 },
      auxiliary: {
        features: ['hog', 'dino', 'clip'],
        trunk: { width: 8, depth: 1, heads: 2, modulated: true },
      },
    }),
  {
    createBackend: cpu,
    roundTrip: throughFolder,
    losses: (tokenizer, images) => {
      const { latents, mask } = tokenizer.quantized(images, tracedRandom({ seed: 1, step: 0 }));
      const { hog, dino, clip } = tokenizer.auxiliaryFeatures(latents);
      const targets = [dino!, clip!].map((each) => stopGradient(each).add(1));
      return featureError(hog!, hogFeatures(images, 8), mask)
        .add(featureMisalignment(dino!, targets[0]!, mask))
        .add(featureMisalignment(clip!, targets[1]!, mask));
    },
  },
);

const convolutional = {
  imageSize: 8,
  channels: 32,
  multipliers: [1, 1],
  residualBlocks: 1,
  encodedChannels: 8,
  latentChannels: 3,
  latentStatistics: { mean: 0.25, std: 0.5 },
};

describeTokenizer('ConvolutionalKL', () => new ConvolutionalKL(convolutional), {
  createBackend: cpu,
  roundTrip: throughFolder,
  losses: (tokenizer, images) => tokenizer.quantized(images).divergence.mean(),
});

describeTokenizer('ConvolutionalVQ', () => new ConvolutionalVQ({ ...convolutional, codebookSize: 8 }), {
  createBackend: cpu,
  roundTrip: throughFolder,
  losses: (tokenizer, images) => {
    const { codebookLoss, commitmentLoss } = tokenizer.quantized(images);
    return codebookLoss.add(commitmentLoss.mul(0.25));
  },
});

describeTokenizer('AE without latent statistics', () => new AE(plain), {
  createBackend: cpu,
  roundTrip: throughFolder,
});

/** Ids of the checks that fail. Unless told otherwise, saving copies all tensors into a new tokenizer. */
async function failuresOf<T extends AE>(
  create: CreateTokenizer<T>,
  options: Partial<TokenizerConformanceOptions<T>> = {},
): Promise<string[]> {
  const roundTrip = async (saved: T): Promise<T> => (await create()).with(saved.stateDict());
  const results = await runChecks(create, { createBackend: cpu, roundTrip, ...options });
  return results.filter(({ error }) => error !== undefined).map(({ id }) => id);
}

describe('the kit finds', () => {
  it('nothing in a tokenizer that is right', async () => {
    expect(await failuresOf(() => new AE(shared))).toEqual([]);
  });

  it('latents that depend on the other images', async () => {
    class Centred extends AE {
      override encode(images: Tensor): Tensor {
        const latents = super.encode(images);
        return latents.sub(latents.mean(0, { keepDims: true }).mul(0.01));
      }
    }
    expect(await failuresOf(() => new Centred(shared))).toEqual([
      'repeatability/an image does not depend on its batch',
    ]);
  });

  it('images that differ from one compilation to the next', async () => {
    let traces = 0;
    class Unsteady extends AE {
      override decode(latents: Tensor): Tensor {
        // By a bit or two: less than any tolerance.
        return super.decode(latents).mul(1 + 2 ** -22 * ++traces);
      }
    }
    expect(await failuresOf(() => new Unsteady(shared))).toEqual([
      'repeatability/the same input gives the same output',
      'saving/outputs survive, bit for bit',
    ]);
  });

  it('a batch size that is taken for granted', async () => {
    class Rigid extends AE {
      override encode(images: Tensor): Tensor {
        const [batch] = images.shape;
        return super.encode(images).reshape([typeof batch === 'number' ? batch : 2, 4, 6]);
      }
    }
    expect(await failuresOf(() => new Rigid(shared))).toEqual([
      'repeatability/one compilation serves every batch size',
    ]);
  });

  it('a division by the contrast of the image', async () => {
    class Contrast extends AE {
      override encode(images: Tensor): Tensor {
        const latents = super.encode(images);
        const centred = images.sub(images.mean([1, 2, 3], { keepDims: true }));
        const contrast = centred.square().mean([1, 2, 3]).reshape([-1, 1, 1]);
        return latents.mul(contrast).div(contrast);
      }
    }
    expect(await failuresOf(() => new Contrast(shared))).toEqual(['repeatability/outputs are finite']);
  });

  it('a parameter that nothing needs, unless a reason is given', async () => {
    class Idle extends AE {
      readonly idle = zeros([3]);
    }
    const failed = ['gradients/every trainable parameter gets one'];
    const create = () => new Idle(shared);
    expect(await failuresOf(create)).toEqual(failed);
    const idle = { parameter: 'idle', reason: 'kept for old checkpoints' };
    expect(await failuresOf(create, { withoutGradient: [idle] })).toEqual([]);
    for (const exception of [
      { parameter: 'idle', reason: ' ' },
      { parameter: 'lazy', reason: 'no such parameter' },
      { parameter: 'quant_conv.weight', reason: 'it gets one' },
    ]) {
      expect(await failuresOf(create, { withoutGradient: [idle, exception] })).toEqual(failed);
    }
  });

  it('a loss without a finite gradient', async () => {
    const losses = (tokenizer: AE) => tokenizer.quant_conv.bias!.sub(tokenizer.quant_conv.bias!).sqrt().sum();
    expect(await failuresOf(() => new AE(shared), { losses })).toEqual([
      'gradients/every trainable parameter gets one',
    ]);
  });

  it('normalisation that forgets the mean', async () => {
    class Forgetful extends AE {
      override denormalizeLatents(latents: Tensor): Tensor {
        return latents.mul(this.latentStatistics!.std);
      }
    }
    expect(await failuresOf(() => new Forgetful(shared))).toEqual([
      'statistics/normalised latents follow them, or are refused without',
    ]);
  });

  it('normalisation by no statistics', async () => {
    class Heedless extends AE {
      override normalizeLatents(latents: Tensor): Tensor {
        return latents;
      }
    }
    expect(await failuresOf(() => new Heedless(plain))).toEqual([
      'statistics/normalised latents follow them, or are refused without',
    ]);
  });

  it('a parameter that saving loses, though it starts the same', async () => {
    const roundTrip = async (saved: AE): Promise<AE> => {
      const { 'post_quant_conv.bias': _, ...kept } = saved.stateDict();
      return new AE(shared).with(kept);
    };
    expect(await failuresOf(() => new AE(shared), { roundTrip })).toEqual([
      'saving/outputs survive, bit for bit',
    ]);
  });

  it('latent statistics that saving loses', async () => {
    const roundTrip = async (saved: AE): Promise<AE> => new AE(plain).with(saved.stateDict());
    expect(await failuresOf(() => new AE(shared), { roundTrip })).toEqual([
      'saving/latent statistics survive',
    ]);
  });

  it('images that are made to fit', async () => {
    class Obliging extends AE {
      override encode(images: Tensor): Tensor {
        return super.encode(cast(images, 'float32').slice([null, { stop: 3 }]));
      }
    }
    expect(await failuresOf(() => new Obliging(shared))).toEqual([
      'refusals/images with other channels',
      'refusals/images of another element type',
    ]);
  });

  it('more latents than were announced', async () => {
    class Doubled extends AE {
      override encode(images: Tensor): Tensor {
        const latents = super.encode(images);
        return concat([latents, latents], 1);
      }

      override decode(latents: Tensor): Tensor {
        return super.decode(latents.slice([null, { stop: 4 }]));
      }
    }
    expect(await failuresOf(() => new Doubled(shared))).toEqual([
      'shapes/encode',
      'refusals/latents of another shape',
    ]);
  });

  it('reconstruction that does not go by the latents', async () => {
    class Shortcut extends AE {
      override reconstruct(images: Tensor): Tensor {
        return super.reconstruct(images).add(images.mul(0.01));
      }
    }
    expect(await failuresOf(() => new Shortcut(shared))).toEqual(['shapes/reconstruct']);
  });

  it('a version of the contract that is not known', async () => {
    const create = () => Object.defineProperty(new AE(shared), 'specVersion', { value: 2 });
    expect(await failuresOf(create)).toEqual(['shapes/what it says of itself']);
  });
});
