import { type Backend, fromStored, type Tensor } from '@softvq/core';
import { openSafetensors } from '@softvq/core/io';
import { openFile } from '@softvq/core/node';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { backends, goldenPath, relativeError, tolerance } from '../golden.js';

/** Bounds of the relative error of a function's values and of its gradients. */
export const { output: ofValues, gradient: ofGradients } = tolerance;

/** What a golden file of the losses holds. */
export async function openGolden(name: string) {
  const { tensors, metadata } = await openSafetensors(
    await openFile(goldenPath(`losses/${name}.safetensors`)),
  );
  return {
    metadata,
    tensor: (key: string): Tensor => fromStored(tensors.get(key)!),
    /** All tensors whose name begins with the prefix, without it. */
    group: (prefix: string): Map<string, Tensor> =>
      new Map(
        [...tensors].flatMap(([key, stored]) =>
          key.startsWith(prefix) ? [[key.slice(prefix.length), fromStored(stored)] as const] : [],
        ),
      ),
  };
}

/** ‖actual − expected‖ / ‖expected‖ is below the bound. */
export async function expectClose(
  what: string,
  actual: Tensor,
  expected: Tensor,
  bound: number,
): Promise<void> {
  expect(await relativeError(actual, expected), what).toBeLessThan(bound);
}

/** The tests, once on the engine that tokenizers are trained with and once on the one that is exact. */
export function describeOnBackends(
  tests: (backend: () => Backend, name: (typeof backends)[number][0]) => void,
): void {
  const proved = backends.filter(([name]) => name === 'cpu' || name === 'reference');
  describe.each(proved)('on %s', (name, factory) => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await factory();
    });
    afterAll(() => backend.dispose());
    tests(() => backend, name);
  });
}
