import type { TensorRecord } from '../nn/module.js';
import { identity } from '../operations/elementwise.js';
import type { Tensor } from '../tensor/tensor.js';
import { alike, mapRecords } from './map-records.js';
import { assertAlike, assertInRange } from './optimizer.js';

/** An exponential moving average of parameters, as pure functions of tensors. */
export interface Ema {
  /** The average before the first update: the parameters. */
  init(parameters: TensorRecord): Record<string, Tensor>;
  /** The average after an update of the parameters. */
  update(average: TensorRecord, parameters: TensorRecord): Record<string, Tensor>;
}

/**
 * average ← average + (parameters - average) · (1 - decay). Three elementwise passes over memory a parameter.
 *
 * @param decay from 0 to below 1, usually 0.999 or 0.9999.
 */
export function ema(decay: number): Ema {
  assertInRange('ema: decay', decay, 0, 1);
  return {
    // Tensors of their own, so that parameters and averages can both be donated.
    init: (parameters) =>
      Object.fromEntries(Object.entries(parameters).map(([name, tensor]) => [name, identity(tensor)])),
    update(average, parameters) {
      assertAlike(parameters, { 'the average': average });
      const [updated = {}] = mapRecords([average, parameters], alike, ([before, parameter]) => [
        before!.add(parameter!.sub(before!).mul(1 - decay)),
      ]);
      return updated;
    },
  };
}
