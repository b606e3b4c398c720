import { cpu } from '@softvq/backends/cpu';
import { reference } from '@softvq/backends/reference';
import { tfjs } from '@softvq/backends/tfjs';
import { type Backend, fromStored, type HostArray, mapTree, type Tensor } from '@softvq/core';
import { openSafetensors } from '@softvq/core/io';
import { openFile } from '@softvq/core/node';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { SoftVQOptions, TransformerTokenizerOptions } from '../src/index.js';

const fixtures = new URL('../../../fixtures/golden/', import.meta.url);

/** The backends that golden figures are proved on, for `describe.each`. */
export const backends = [
  ['cpu', cpu],
  ['reference', reference],
  ['tfjs', () => tfjs({ device: 'wasm' })],
] as const;

/** Declares tests on each of these backends, which are open while tests run. */
export function describeOnBackends(declare: (backend: () => Backend) => void): void {
  describe.each(backends)('on %s', (_, factory) => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await factory();
    });
    afterAll(() => backend.dispose());
    declare(() => backend);
  });
}

/** Compares results with the figures of a golden file, and frees them. */
export async function expectFigures(
  golden: { readonly tensor: (name: string) => Tensor },
  figures: Readonly<Record<string, Tensor>>,
  bound: number = tolerance.output,
): Promise<void> {
  for (const [name, actual] of Object.entries(figures)) {
    expect(await relativeError(actual, golden.tensor(name)), name).toBeLessThan(bound);
    actual.dispose();
  }
}

/** Largest relative errors of golden vectors. */
export const tolerance = { output: 1e-4, gradient: 1e-3 } as const;

/** The path of a fixture: `state-dicts/softvq-b-32.json`. */
export function goldenPath(name: string): string {
  return new URL(name, fixtures).pathname;
}

/** What a golden file of a tokenizer holds. */
export async function openGolden(name: string) {
  const { tensors, metadata } = await openSafetensors(
    await openFile(goldenPath(`tokenizer/${name}.safetensors`)),
  );
  const tensor = (key: string): Tensor => fromStored(tensors.get(key)!);
  const group = (prefix: string): Map<string, Tensor> =>
    new Map(
      [...tensors].flatMap(([key, stored]) =>
        key.startsWith(prefix) ? [[key.slice(prefix.length), fromStored(stored)] as const] : [],
      ),
    );
  return { tensor, group, config: JSON.parse(metadata['config']!) as Record<string, number> };
}

/** ‖a − b‖ / ‖b‖, the measure of all golden vectors. */
export async function relativeError(actual: Tensor, expected: Tensor): Promise<number> {
  expect(actual.shape).toEqual(expected.shape);
  const [a, b] = (await Promise.all([actual.host(), expected.host()])).map(({ data }) => data as HostArray);
  let difference = 0;
  let size = 0;
  for (let i = 0; i < b!.length; i++) {
    difference += (Number(a![i]) - Number(b![i])) ** 2;
    size += Number(b![i]) ** 2;
  }
  return Math.sqrt(difference / (size || 1));
}

/** The tokenizer that a golden file describes. */
export function goldenOptions(config: Record<string, number>): TransformerTokenizerOptions {
  const trunk = { width: config['dim']!, depth: config['depth']!, heads: config['heads']! };
  return {
    imageSize: config['img']!,
    patchSize: config['p']!,
    latentTokens: config['L']!,
    latentWidth: config['e']!,
    encoder: trunk,
    decoder: trunk,
  };
}

/** The SoftVQ that a golden file describes. */
export function goldenSoftVQOptions(config: Record<string, number>): SoftVQOptions {
  return {
    ...goldenOptions(config),
    codebooks: config['nc']!,
    codebookSize: config['K']!,
    temperature: config['tau']!,
  };
}

/**
 * Indices (batch, codebooks, segment) as nested arrays. The files have them computed as (codebooks, batch · segment)
 * and merely re-viewed.
 */
export async function goldenIndices(stored: Tensor): Promise<number[][][]> {
  const [batch, codebooks, segment] = stored.shape as readonly [number, number, number];
  const numbers = Array.from((await stored.host()).data, Number);
  return Array.from({ length: batch }, (_, image) =>
    Array.from({ length: codebooks }, (_, codebook) => {
      const start = (codebook * batch + image) * segment;
      return numbers.slice(start, start + segment);
    }),
  );
}

/** Frees all tensors of a result. */
export function disposeAll(tensors: Parameters<typeof mapTree>[0]): void {
  mapTree(tensors, (tensor) => {
    tensor.dispose();
    return tensor;
  });
}
