import { zeros } from '@softvq/core';
import { checksOf } from './check.js';
import { bothWays, compute } from './compute.js';
import { expectClose, expectShape } from './expectations.js';
import { imageShape, latentShape, noiseImages } from './images.js';

const batch = 2;

/** What a tokenizer says of itself, and that its results are so. */
export const shapes = checksOf('shapes', {
  'what it says of itself': async ({ create }) => {
    const tokenizer = await create();
    // Wider than the type, which a tokenizer that was compiled elsewhere need not keep to.
    const version: number = tokenizer.specVersion;
    if (version !== 1) throw new Error(`specVersion is ${version}; this kit knows 1`);
    const name: unknown = tokenizer.name;
    if (typeof name !== 'string' || name === '') throw new Error(`its name is ${JSON.stringify(name)}`);
    const { imageSize, latentShape } = tokenizer;
    for (const size of [imageSize, ...latentShape]) {
      if (!Number.isInteger(size) || size < 1) {
        throw new Error(`imageSize is ${imageSize} and latentShape [${latentShape}]: ${size} is no size`);
      }
    }
  },

  encode: async ({ backend, create }) => {
    const tokenizer = await create();
    const { latents } = await compute(backend, noiseImages(tokenizer, batch), (images) => ({
      latents: tokenizer.encode(images),
    }));
    expectShape(latents!, latentShape(tokenizer, batch), 'latents');
  },

  decode: async ({ backend, create }) => {
    const tokenizer = await create();
    const { images } = await compute(backend, zeros(latentShape(tokenizer, batch)), (latents) => ({
      images: tokenizer.decode(latents),
    }));
    expectShape(images!, imageShape(tokenizer, batch), 'images');
  },

  reconstruct: async ({ backend, create }) => {
    const tokenizer = await create();
    const input = noiseImages(tokenizer, batch);
    const reconstructed = await compute(backend, input, bothWays(tokenizer));
    expectShape(reconstructed['images']!, imageShape(tokenizer, batch), 'reconstructed images');
    const decoded = await compute(backend, input, (images) => ({
      images: tokenizer.decode(tokenizer.encode(images)),
    }));
    expectClose({ images: reconstructed['images']! }, decoded, 'reconstruct() and decode(encode())');
  },
});
