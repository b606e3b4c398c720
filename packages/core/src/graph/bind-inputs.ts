import type { DeviceBuffer } from '../contracts/backend.js';
import { DTypeError, ShapeError } from '../errors.js';
import { type Bindings, evaluateDimension, formatShape, symbolsOf } from '../tensor/dimension.js';
import type { Graph } from './graph.js';

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
  const expected = graph.inputs.map(({ attributes: { name, shape, dtype } }, i) => {
    const buffer = buffers[i]!;
    if (buffer.dtype !== dtype)
      throw new DTypeError(`input "${name}" is ${buffer.dtype} and must be ${dtype}`);
    const misfit = `input "${name}" is ${formatShape(buffer.shape)} and must be ${formatShape(shape)}`;
    if (buffer.shape.length !== shape.length) throw new ShapeError(misfit);
    for (const [axis, dimension] of shape.entries()) {
      // Bare symbols get their value here; sizes made of them are only compared with it below.
      const [name] = symbolsOf([dimension]);
      if (String(dimension) === name && !bindings.has(name)) bindings.set(name, buffer.shape[axis]!);
    }
    return { shape, actual: buffer.shape, misfit };
  });
  for (const { shape, actual, misfit } of expected) {
    if (shape.some((dimension, axis) => evaluateDimension(dimension, bindings) !== actual[axis])) {
      const values = [...bindings].map(([name, value]) => ` (${name} = ${value})`).join('');
      throw new ShapeError(`${misfit}${values}`);
    }
  }
  return bindings;
}
