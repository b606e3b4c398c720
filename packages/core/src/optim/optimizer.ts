import { ArgumentError, ShapeError } from '../errors.js';
import type { TensorRecord } from '../nn/module.js';
import { deferred } from '../tensor/creation.js';
import { shapesEqual, sizeOf, staticShape } from '../tensor/dimension.js';
import { allocate } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Schedule } from './schedules.js';

/** Parameters and optimiser state after an update. */
export interface Updated<State> {
  readonly parameters: Record<string, Tensor>;
  readonly state: State;
}

/**
 * A rule of gradient descent as pure functions of tensors, to be traced into the compiled training step. Donate
 * parameters and state to that step.
 */
export interface Optimizer<State> {
  /** The state before the first update. */
  init(parameters: TensorRecord): State;
  /**
   * @throws ArgumentError unless parameters, gradients and state have the same names, ShapeError when shapes differ.
   */
  update(parameters: TensorRecord, gradients: TensorRecord, state: State): Updated<State>;
}

/** What differs between parameters. */
export interface ParameterGroup {
  readonly match: (name: string, tensor: Tensor) => boolean;
  /** In place of the optimiser's. */
  readonly weightDecay?: number;
  /** Times the optimiser's learning rate. Default 1. */
  readonly learningRateScale?: number;
}

export interface GroupedOptions {
  /** A number, or how it changes with the number of completed updates. */
  readonly learningRate: number | Schedule;
  /** The first group that matches a parameter counts. */
  readonly groups?: readonly ParameterGroup[];
}

/** The group of a parameter, or one that changes nothing. */
export function groupOf(groups: readonly ParameterGroup[], name: string, tensor: Tensor): ParameterGroup {
  return groups.find(({ match }) => match(name, tensor)) ?? everything;
}

const everything: ParameterGroup = { match: () => true };

/** Throws unless every record has a tensor of the parameter's shape for each parameter, and no others. */
export function assertAlike(parameters: TensorRecord, others: Readonly<Record<string, TensorRecord>>): void {
  const names = Object.keys(parameters);
  for (const [what, record] of Object.entries(others)) {
    const stranger = Object.keys(record).find((name) => !Object.hasOwn(parameters, name));
    if (stranger !== undefined) throw new ArgumentError(`${what} has "${stranger}", which is no parameter`);
    for (const name of names) {
      const [parameter, other] = [parameters[name]!, record[name]];
      if (other === undefined) throw new ArgumentError(`${what} has no "${name}"`);
      if (!shapesEqual(other.shape, parameter.shape)) {
        throw new ShapeError(`"${name}" is ${parameter} and ${other} in ${what}`);
      }
    }
  }
}

/** Throws unless the number lies in [least, below). */
export function assertInRange(what: string, value: number, least: number, below: number): void {
  if (!(value >= least && value < below)) {
    throw new ArgumentError(`${what} must be from ${least} to below ${below}, not ${value}`);
  }
}

/** Zeros for every parameter, each in memory of its own so that all of them can be donated. */
export function zerosLike(parameters: TensorRecord): Record<string, Tensor> {
  const entries = Object.entries(parameters).map(([name, { shape, dtype }]) => {
    const sizes = staticShape(shape, `optimiser state of "${name}"`);
    return [name, deferred(dtype, sizes, () => allocate(dtype, sizeOf(sizes)))] as const;
  });
  return Object.fromEntries(entries);
}
