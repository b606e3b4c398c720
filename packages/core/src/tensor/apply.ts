import { ArgumentError } from '../errors.js';
import { type AttributesOf, type OperationName, operationOf } from '../graph/table/index.js';
import { Tensor } from './tensor.js';

/**
 * Notes one operation on tensors: every function of `operations/` ends here.
 *
 * @throws ShapeError, DTypeError or ArgumentError by the operation's rule.
 */
export function applyOperation<Name extends OperationName>(
  name: Name,
  inputs: readonly Tensor[],
  attributes: AttributesOf<Name>,
): Tensor {
  const row = operationOf(name);
  const [least, most] = typeof row.inputs === 'number' ? [row.inputs, row.inputs] : row.inputs;
  if (inputs.length < least || inputs.length > most) {
    throw new ArgumentError(
      `${name} takes ${least === most ? least : `${least} to ${most}`} tensors, not ${inputs.length}`,
    );
  }
  for (const input of inputs) {
    if (!(input instanceof Tensor)) throw new ArgumentError(`${name} takes tensors, not ${String(input)}`);
  }
  const spec = row.infer(inputs, attributes, name);
  return new Tensor(spec, { operation: name, inputs, attributes } as Tensor['expression'] & object);
}
