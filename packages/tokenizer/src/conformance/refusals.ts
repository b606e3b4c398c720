import { type DType, type Tokenizer, zeros } from '@softvq/core';
import { type Check, checksOf } from './check.js';
import { expectRefusal } from './expectations.js';
import { imageShape, latentShape } from './images.js';

const foreignTypes: readonly DType[] = ['uint8', 'float16'];

/** That what cannot be right is refused, before anything is computed. */
export const refusals = checksOf('refusals', {
  'images of another size': shapeRefusal('images', ({ imageSize }) => [
    [1, 3, imageSize * 2, imageSize * 2],
    [1, 3, imageSize, imageSize * 2],
    [3, imageSize, imageSize],
  ]),

  'images with other channels': shapeRefusal('images', ({ imageSize }) => [
    [1, 1, imageSize, imageSize],
    [1, 4, imageSize, imageSize],
  ]),

  'images of another element type': async ({ create }) => {
    const tokenizer = await create();
    for (const dtype of foreignTypes) {
      const images = zeros(imageShape(tokenizer, 1), dtype);
      expectRefusal(() => tokenizer.encode(images), 'dtype', `encode() of ${images}`);
      expectRefusal(() => tokenizer.reconstruct(images), 'dtype', `reconstruct() of ${images}`);
    }
  },

  'latents of another shape': shapeRefusal('latents', ({ latentShape }) => [
    ...latentShape.map((size, axis) => [1, ...latentShape.with(axis, size + 1)]),
    latentShape,
  ]),

  'latents of another element type': async ({ create }) => {
    const tokenizer = await create();
    for (const dtype of foreignTypes) {
      const latents = zeros(latentShape(tokenizer, 1), dtype);
      expectRefusal(() => tokenizer.decode(latents), 'dtype', `decode() of ${latents}`);
    }
  },
});

function shapeRefusal(
  kind: 'images' | 'latents',
  wrongShapes: (tokenizer: Tokenizer) => readonly (readonly number[])[],
): Check['run'] {
  return async ({ create }) => {
    const tokenizer = await create();
    for (const shape of wrongShapes(tokenizer)) {
      const given = zeros(shape);
      if (kind === 'latents') {
        expectRefusal(() => tokenizer.decode(given), 'shape', `decode() of ${given}`);
      } else {
        expectRefusal(() => tokenizer.encode(given), 'shape', `encode() of ${given}`);
        expectRefusal(() => tokenizer.reconstruct(given), 'shape', `reconstruct() of ${given}`);
      }
    }
  };
}
