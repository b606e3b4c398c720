import { zeros } from '@softvq/core';
import { checksOf } from './check.js';
import { compute } from './compute.js';
import { expectClose, expectRefusal } from './expectations.js';
import { latentShape, noiseImages } from './images.js';

/** That generators get latents of mean 0 and deviation 1, or an error. */
export const statistics = checksOf('statistics', {
  'normalised latents follow them, or are refused without': async ({ backend, create }) => {
    const tokenizer = await create();
    const { latentStatistics } = tokenizer;
    const input = noiseImages(tokenizer, 2);
    if (latentStatistics === undefined) {
      const latents = zeros(latentShape(tokenizer, 1));
      expectRefusal(() => tokenizer.encodeNormalized(input), 'argument', 'encodeNormalized() without any');
      expectRefusal(() => tokenizer.decodeNormalized(latents), 'argument', 'decodeNormalized() without any');
      return;
    }
    const { mean, std } = latentStatistics;
    if (!Number.isFinite(mean) || !Number.isFinite(std) || !(std > 0)) {
      throw new Error(`a mean of ${mean} and a deviation of ${std} cannot be`);
    }
    const actual = await compute(backend, input, (images) => {
      const normalized = tokenizer.encodeNormalized(images);
      return { normalized, images: tokenizer.decodeNormalized(normalized) };
    });
    const expected = await compute(backend, input, (images) => {
      const latents = tokenizer.encode(images);
      return { normalized: latents.sub(mean).div(std), images: tokenizer.decode(latents) };
    });
    expectClose(actual, expected, `with mean ${mean} and deviation ${std}`);
  },
});
