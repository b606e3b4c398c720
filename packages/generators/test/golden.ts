import { cpu } from '@softvq/backends/cpu';
import { reference } from '@softvq/backends/reference';
import { openFile } from '@softvq/core/node';
import { expect } from 'vitest';
import { figuresOff, type GoldenFigure } from './golden/figure.js';
import { type Golden, readGolden } from './golden/golden-file.js';

const fixtures = new URL('../../../fixtures/golden/', import.meta.url);

/** The backends that golden figures are proved on, for `describe.each`. */
export const backends = [
  ['cpu', cpu],
  ['reference', reference],
] as const;

/** The path of a fixture: `state-dicts/sit-xl-1.json`. */
export function goldenPath(name: string): string {
  return new URL(name, fixtures).pathname;
}

/** What a golden file of a generator holds. */
export async function openGolden(name: string): Promise<Golden> {
  return readGolden(await openFile(goldenPath(`generators/${name}.safetensors`)));
}

/** Expects every figure, so many as there are, within its tolerance. */
export function expectFigures(figures: readonly GoldenFigure[], count = figures.length): void {
  expect(figures).toHaveLength(count);
  expect(figuresOff(figures)).toEqual([]);
}
