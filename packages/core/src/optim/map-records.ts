import type { TensorRecord } from '../nn/module.js';
import { concat, split } from '../operations/movement.js';
import type { Tensor } from '../tensor/tensor.js';

/** From the tensors that several records have under one name to others of that shape, element by element. */
export type ElementwiseMap = (tensors: readonly Tensor[], name: string) => readonly Tensor[];

/** The kind of tensors that are all alike. */
export const alike = (): string => 'alike';

/** Longer vectors are worth an operation of their own. */
const longestJoined = 16_384;

/**
 * Maps records that have the same names, tensor by tensor. Vectors are joined and mapped as one: networks have many
 * biases and scales, and an operation on each costs far more than its few elements do.
 *
 * @param kindOf only vectors of one kind are joined; `map` is given the name of the first of them.
 * @returns a record for each tensor that `map` returns, in its order.
 */
export function mapRecords(
  records: readonly TensorRecord[],
  kindOf: (name: string) => unknown,
  map: ElementwiseMap,
): Record<string, Tensor>[] {
  const mapped: Record<string, Tensor>[] = [];
  const names = Object.keys(records[0]!);
  for (const together of joinable(records, names, kindOf)) {
    const tensors = together.map((name) => records.map((record) => record[name]!));
    const isAlone = together.length === 1;
    const operands = isAlone ? tensors[0]! : records.map((_, i) => concat(tensors.map((each) => each[i]!)));
    for (const [i, result] of map(operands, together[0]!).entries()) {
      const lengths = tensors.map(([first]) => first!.shape[0]!);
      const parts = isAlone ? [result] : split(result, lengths);
      mapped[i] ??= {};
      for (const [at, name] of together.entries()) mapped[i][name] = parts[at]!;
    }
  }
  // In the order of the names again.
  return mapped.map((record) => Object.fromEntries(names.map((name) => [name, record[name]!])));
}

/** The names, those of vectors that can be mapped as one together. */
function joinable(
  records: readonly TensorRecord[],
  names: readonly string[],
  kindOf: (name: string) => unknown,
): string[][] {
  const together: string[][] = [];
  const known = new Map<unknown, Map<string, string[]>>();
  for (const name of names) {
    const { shape } = records[0]![name]!;
    const [length] = shape;
    if (shape.length !== 1 || typeof length !== 'number' || length > longestJoined) {
      together.push([name]);
      continue;
    }
    const ofKind = known.get(kindOf(name)) ?? new Map<string, string[]>();
    known.set(kindOf(name), ofKind);
    const types = records.map((record) => record[name]!.dtype).join();
    const group = ofKind.get(types);
    if (group !== undefined) {
      group.push(name);
      continue;
    }
    const begun = [name];
    ofKind.set(types, begun);
    together.push(begun);
  }
  return together;
}
