import { expect, it } from 'vitest';
import { tfjs } from '../src/tfjs/index.js';

it('loads tfjs when a backend is made, and not before', async () => {
  // The engine of tfjs is a property of the global object from the first import on.
  expect(globalThis).not.toHaveProperty('_tfengine');
  const backend = await tfjs({ device: 'cpu' });
  expect(globalThis).toHaveProperty('_tfengine');
  await backend.dispose();
});
