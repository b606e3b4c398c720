import { fromHost, type Tensor } from '@softvq/core';
import { type Guidance, isActive } from './guidance.js';
import type { GuidedCondition, NetworkRows } from './guided-network.js';

/** The conditions of one batch of labelled images: with guidance and without. */
export class GuidedRows {
  readonly #guidance: Guidance;
  readonly #unguided: GuidedCondition;
  readonly #guided: GuidedCondition | undefined;

  /** @param nullLabel the label of images without a class. */
  constructor(labels: readonly (number | null)[], nullLabel: number, guidance: Guidance) {
    const images = labels.map((_, i) => i);
    const classes = labels.map((label) => label ?? nullLabel);
    this.#guidance = guidance;
    const scale = fromHost({ dtype: 'float32', shape: [], data: Float32Array.of(guidance.scale) });
    const plain = { ...networkRows(images, classes), conditional: int32(images), scale };
    if (guidance.model !== undefined) {
      // The other network is part of the executable. Without guidance it gets one row, which nobody looks at.
      const idle = networkRows([0], [classes[0]!]);
      const other = networkRows(images, classes);
      const unconditional = int32(images.map((i) => images.length + i));
      this.#unguided = { ...plain, unconditional: plain.conditional, other: idle };
      this.#guided = { ...plain, unconditional, other };
      return;
    }
    this.#unguided = { ...plain, unconditional: plain.conditional };
    if (guidance.scale === 1) return;
    // An image without a class has nothing to be guided by, and no second row.
    const labelled = images.filter((i) => labels[i] !== null);
    const rows = networkRows([...images, ...labelled], [...classes, ...labelled.map(() => nullLabel)]);
    const away = images.map((i) => (labels[i] === null ? i : images.length + labelled.indexOf(i)));
    this.#guided = { ...plain, ...rows, unconditional: int32(away) };
  }

  /** At a time in [0, 1], 1 being noise. */
  at(time: number): GuidedCondition {
    return this.#guided !== undefined && isActive(this.#guidance, time) ? this.#guided : this.#unguided;
  }

  dispose(): void {
    for (const condition of [this.#unguided, this.#guided]) {
      if (condition === undefined) continue;
      const { rows, given, conditional, unconditional, scale, other } = condition;
      const tensors = [rows, conditional, unconditional, scale, ...Object.values(given)];
      if (other !== undefined) tensors.push(other.rows, ...Object.values(other.given));
      for (const each of tensors) each.dispose();
    }
  }
}

function networkRows(rows: readonly number[], labels: readonly number[]): NetworkRows {
  return { rows: int32(rows), given: { labels: int32(labels) } };
}

function int32(numbers: readonly number[]): Tensor {
  return fromHost({ dtype: 'int32', shape: [numbers.length], data: Int32Array.from(numbers) });
}
