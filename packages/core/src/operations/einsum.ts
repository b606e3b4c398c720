import { ArgumentError, ShapeError } from '../errors.js';
import { type Dimension, dimensionsEqual, formatShape, sizeOf } from '../tensor/dimension.js';
import type { Tensor } from '../tensor/tensor.js';
import { reshape, transpose } from './movement.js';
import { matmul } from './products.js';
import { sum } from './reductions.js';

/** A tensor whose axes have letters. */
interface Labelled {
  readonly tensor: Tensor;
  readonly labels: string;
}

/**
 * Sums of products over named axes: `einsum('bhqd,bhkd->bhqk', query, key)`. Letters that are missing from the
 * result are summed over. Operands are multiplied from left to right, each pair as one batched matrix product.
 *
 * @throws ArgumentError for a malformed equation, ShapeError for sizes that disagree.
 */
export function einsum(equation: string, ...tensors: readonly Tensor[]): Tensor {
  const { operands, result } = parse(equation, tensors);
  checkSizes(equation, operands);
  const product = operands.reduce((left, right, i) => {
    const needed =
      result +
      operands
        .slice(i + 1)
        .map((operand) => operand.labels)
        .join('');
    return multiply(left, right, needed);
  });
  return arrange(sumAway(product, result), result).tensor;
}

function parse(equation: string, tensors: readonly Tensor[]): { operands: Labelled[]; result: string } {
  const match = /^([a-zA-Z]*(?:,[a-zA-Z]*)*)->([a-zA-Z]*)$/.exec(equation.replaceAll(' ', ''));
  if (match === null) throw new ArgumentError(`einsum: "${equation}" must look like "ij,jk->ik"`);
  const labels = match[1]!.split(',');
  const result = match[2]!;
  if (labels.length !== tensors.length) {
    throw new ArgumentError(
      `einsum: "${equation}" names ${labels.length} operands and ${tensors.length} are given`,
    );
  }
  for (const each of [...labels, result]) {
    if (new Set(each).size !== each.length)
      throw new ArgumentError(`einsum: "${each}" of "${equation}" repeats a letter`);
  }
  const unknown = [...result].find((letter) => !match[1]!.includes(letter));
  if (unknown !== undefined) throw new ArgumentError(`einsum: no operand of "${equation}" has "${unknown}"`);
  return { operands: tensors.map((tensor, i) => ({ tensor, labels: labels[i]! })), result };
}

function checkSizes(equation: string, operands: readonly Labelled[]): void {
  const sizes = new Map<string, Dimension>();
  for (const { tensor, labels } of operands) {
    if (tensor.rank !== labels.length) {
      throw new ShapeError(`einsum: "${labels}" of "${equation}" for a tensor ${formatShape(tensor.shape)}`);
    }
    for (const [axis, letter] of [...labels].entries()) {
      const size = tensor.shape[axis]!;
      const known = sizes.get(letter) ?? size;
      if (!dimensionsEqual(known, size)) {
        throw new ShapeError(`einsum: "${letter}" of "${equation}" is ${known} and ${size}`);
      }
      sizes.set(letter, size);
    }
  }
}

/** Sums over the letters that are not needed. */
function sumAway({ tensor, labels }: Labelled, needed: string): Labelled {
  const axes = [...labels].flatMap((letter, axis) => (needed.includes(letter) ? [] : [axis]));
  const kept = [...labels].filter((letter) => needed.includes(letter)).join('');
  return axes.length === 0 ? { tensor, labels } : { tensor: sum(tensor, axes), labels: kept };
}

function arrange({ tensor, labels }: Labelled, order: string): Labelled {
  if (labels === order) return { tensor, labels };
  return {
    tensor: transpose(
      tensor,
      [...order].map((letter) => labels.indexOf(letter)),
    ),
    labels: order,
  };
}

/** One batched matrix product: shared needed letters are the batch, shared others the inner axis. */
function multiply(left: Labelled, right: Labelled, needed: string): Labelled {
  const a = sumAway(left, needed + right.labels);
  const b = sumAway(right, needed + left.labels);
  const shared = [...a.labels].filter((letter) => b.labels.includes(letter));
  const batch = shared.filter((letter) => needed.includes(letter)).join('');
  const inner = shared.filter((letter) => !needed.includes(letter)).join('');
  const rows = [...a.labels].filter((letter) => !b.labels.includes(letter)).join('');
  const columns = [...b.labels].filter((letter) => !a.labels.includes(letter)).join('');
  const sizes = new Map<string, Dimension>();
  for (const { tensor, labels } of [a, b])
    for (const [i, letter] of [...labels].entries()) sizes.set(letter, tensor.shape[i]!);
  const sizesOf = (letters: string): Dimension[] => [...letters].map((letter) => sizes.get(letter)!);
  const merged = (operand: Labelled, first: string, second: string): Tensor =>
    reshape(arrange(operand, batch + first + second).tensor, [
      ...sizesOf(batch),
      sizeOf(sizesOf(first)),
      sizeOf(sizesOf(second)),
    ]);
  const product = matmul(merged(a, rows, inner), merged(b, inner, columns));
  const labels = batch + rows + columns;
  return { tensor: reshape(product, sizesOf(labels)), labels };
}
