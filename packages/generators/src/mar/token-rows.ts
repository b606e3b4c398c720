import { fromHost, type Tensor } from '@softvq/core';
import { type Guidance, isActive } from '../guidance/guidance.js';
import type { GuidedCondition, NetworkRows } from '../guidance/guided-network.js';

/** The rows that a transformer computes for a batch of images: each with its label, then those without one. */
export interface TransformerRows {
  /** The image of each row. */
  readonly images: readonly number[];
  readonly labels: readonly number[];
}

/** Which rows are computed for a batch, and what guides what. */
export interface GuidedTransformerRows extends TransformerRows {
  /** For each image the row that it is guided away from; its own for none. */
  readonly away: readonly number[];
  /** Of the other network: all images with their labels. */
  readonly other: TransformerRows | undefined;
}

/** @param nullLabel the label of images without a class. */
export function transformerRows(
  labels: readonly (number | null)[],
  nullLabel: number,
  { scale, model }: Guidance,
): GuidedTransformerRows {
  const images = labels.map((_, i) => i);
  const classes = labels.map((label) => label ?? nullLabel);
  if (model !== undefined) {
    return {
      images,
      labels: classes,
      away: images.map((i) => images.length + i),
      other: { images, labels: classes },
    };
  }
  // An image without a class has nothing to be guided by, and no second row.
  const guided = scale === 1 ? [] : images.filter((i) => labels[i] !== null);
  return {
    images: [...images, ...guided],
    labels: [...classes, ...guided.map(() => nullLabel)],
    away: images.map((i) => (guided.includes(i) ? images.length + guided.indexOf(i) : i)),
    other: undefined,
  };
}

/** What the transformers say of the tokens that one step predicts: (rows · predicted, width) each. */
export interface StepConditions {
  readonly conditions: Tensor;
  readonly other: Tensor | undefined;
  /** How many tokens of each image. */
  readonly predicted: number;
  readonly scale: number;
}

/** What the head is given in one step: with guidance, and for times outside its interval. */
export class HeadCondition {
  readonly #guidance: Guidance;
  readonly #guided: GuidedCondition;

  constructor(rows: GuidedTransformerRows, guidance: Guidance, step: StepConditions) {
    const { predicted, conditions } = step;
    const tokensOf = (each: readonly number[]): Tensor => tokenIndices(each, predicted);
    this.#guidance = guidance;
    this.#guided = {
      rows: tokensOf(rows.images),
      given: { conditions },
      conditional: tokensOf(rows.away.map((_, image) => image)),
      unconditional: tokensOf(rows.away),
      scale: fromHost({ dtype: 'float32', shape: [], data: Float32Array.of(step.scale) }),
      ...(rows.other && { other: otherRows(tokensOf(rows.other.images), step.other!) }),
    };
  }

  /** At a time in [0, 1], 1 being noise. */
  at(time: number): GuidedCondition {
    const { conditional } = this.#guided;
    return isActive(this.#guidance, time) ? this.#guided : { ...this.#guided, unconditional: conditional };
  }

  /** Frees the conditions, too. */
  dispose(): void {
    const { rows, given, conditional, unconditional, scale, other } = this.#guided;
    for (const each of [rows, conditional, unconditional, scale, ...Object.values(given)]) each.dispose();
    for (const each of other ? [other.rows, ...Object.values(other.given)] : []) each.dispose();
  }
}

function otherRows(rows: Tensor, conditions: Tensor): NetworkRows {
  return { rows, given: { conditions } };
}

/** For each of the given rows, one after the other, the numbers of its `count` tokens. */
function tokenIndices(rows: readonly number[], count: number): Tensor {
  return int32(rows.flatMap((row) => Array.from({ length: count }, (_, token) => row * count + token)));
}

/** A vector of whole numbers, or a matrix with so many rows. */
export function int32(numbers: readonly number[], rows?: number): Tensor {
  const shape = rows === undefined ? [numbers.length] : [rows, numbers.length / rows];
  return fromHost({ dtype: 'int32', shape, data: Int32Array.from(numbers) });
}
