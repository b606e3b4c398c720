import type { DeviceBuffer } from '../contracts/backend.js';
import { DTypeError, ShapeError } from '../errors.js';
import { type Bindings, evaluateDimension, formatShape, symbolsOf } from '../tensor/dimension.js';
import type { Graph } from './graph.js';
import type { NodeOf } from './node.js';

/**
 * The values of a graph's symbolic sizes in one run, from the buffers it is given. Every backend checks its inputs
 * with this.
 *
 * @throws ShapeError or DTypeError naming the input that does not fit.
 */
export function bindInputs(graph: Graph, buffers: readonly DeviceBuffer[]): Bindings {
  if (buffers.length !== graph.inputs.length) {
    throw new ShapeError(`the graph takes ${graph.inputs.length} inputs, not ${buffers.length}`);
  }
  const bindings = new Map<string, number>();
  for (const [i, { attributes }] of graph.inputs.entries()) bindSymbols(attributes, buffers[i]!, bindings);
  for (const [i, { attributes }] of graph.inputs.entries()) {
    const actual = buffers[i]!.shape;
    if (attributes.shape.every((dimension, axis) => evaluateDimension(dimension, bindings) === actual[axis]))
      continue;
    const values = [...bindings].map(([name, value]) => ` (${name} = ${value})`).join('');
    throw new ShapeError(`${misfit(attributes, actual)}${values}`);
  }
  return bindings;
}

type InputAttributes = NodeOf<'input'>['attributes'];

/** Bare symbols get their values here; sizes made of them are only compared with it later. */
function bindSymbols(attributes: InputAttributes, buffer: DeviceBuffer, bindings: Map<string, number>): void {
  const { name, shape, dtype } = attributes;
  if (buffer.dtype !== dtype) throw new DTypeError(`input "${name}" is ${buffer.dtype} and must be ${dtype}`);
  if (buffer.shape.length !== shape.length) throw new ShapeError(misfit(attributes, buffer.shape));
  for (const [axis, dimension] of shape.entries()) {
    if (typeof dimension === 'number') continue;
    const [symbol] = symbolsOf([dimension]);
    if (String(dimension) === symbol && !bindings.has(symbol)) bindings.set(symbol, buffer.shape[axis]!);
  }
}

function misfit({ name, shape }: InputAttributes, actual: readonly number[]): string {
  return `input "${name}" is ${formatShape(actual)} and must be ${formatShape(shape)}`;
}
