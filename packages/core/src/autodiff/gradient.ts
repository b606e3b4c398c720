import { ArgumentError, GradientError } from '../errors.js';
import { collectInOrder } from '../graph/node.js';
import { type CompositeName, isComposite } from '../graph/table/index.js';
import { defineComposite } from '../operations/definitions.js';
import { add, identity } from '../operations/elementwise.js';
import { ones, zeros } from '../tensor/creation.js';
import { isFloating } from '../tensor/dtype.js';
import { Tensor } from '../tensor/tensor.js';
import { flatten } from '../tensor/tree.js';
import { type Application, type GradientRule, gradientRules } from './rules.js';

/** The value of a function and the gradient with respect to its first argument. */
export interface ValueAndGradient<Parameters, Auxiliary = undefined> {
  /** The function's scalar. */
  readonly value: Tensor;
  /** A tree like the first argument. */
  readonly gradient: Parameters;
  /** What else the function returned. */
  readonly auxiliary: Auxiliary;
}

/**
 * A function that also gives the derivative of its result with respect to every tensor of its first argument.
 * `fn` returns a floating-point scalar, or `[scalar, auxiliary]` where the auxiliary tree is passed through.
 *
 *     const { value: loss, gradient } = valueAndGrad(lossOf)(parameters, images);
 *
 * @throws GradientError when the result is not a scalar, or an operation in between has no derivative.
 */
export function valueAndGrad<Parameters, Rest extends readonly unknown[]>(
  fn: (parameters: Parameters, ...rest: Rest) => Tensor,
): (parameters: Parameters, ...rest: Rest) => ValueAndGradient<Parameters>;
export function valueAndGrad<Parameters, Rest extends readonly unknown[], Auxiliary>(
  fn: (parameters: Parameters, ...rest: Rest) => readonly [Tensor, Auxiliary],
): (parameters: Parameters, ...rest: Rest) => ValueAndGradient<Parameters, Auxiliary>;
export function valueAndGrad<Parameters, Rest extends readonly unknown[], Auxiliary>(
  fn: (parameters: Parameters, ...rest: Rest) => Tensor | readonly [Tensor, Auxiliary],
): (parameters: Parameters, ...rest: Rest) => ValueAndGradient<Parameters, Auxiliary | undefined> {
  return (parameters, ...rest) => {
    const flat = flatten(parameters);
    for (const { path, tensor } of flat.leaves) {
      if (!isFloating(tensor.dtype)) {
        throw new GradientError(
          `no derivative with respect to "${path}", which is ${tensor}; only floating-point tensors have one`,
        );
      }
    }
    // Tensors of their own, so that other uses of the same tensors count as constants.
    const variables = flat.leaves.map((leaf) => identity(leaf.tensor));
    const result = fn(flat.rebuild(variables), ...rest);
    const [value, auxiliary] = result instanceof Tensor ? [result, undefined] : result;
    assertScalar(value);
    return { value, auxiliary, gradient: flat.rebuild(gradients(value, variables, ones([], value.dtype))) };
  };
}

/** As `valueAndGrad`, and only the gradient. */
export function grad<Parameters, Rest extends readonly unknown[]>(
  fn: (parameters: Parameters, ...rest: Rest) => Tensor,
): (parameters: Parameters, ...rest: Rest) => Parameters {
  const both = valueAndGrad(fn);
  return (parameters, ...rest) => both(parameters, ...rest).gradient;
}

/**
 * The product of a cotangent (shaped like `output`) with the Jacobian of `output`, for each of `variables`; zeros
 * where the output does not depend on one.
 */
export function vectorJacobianProduct(
  output: Tensor,
  variables: readonly Tensor[],
  cotangent: Tensor,
): Tensor[] {
  if (String(cotangent) !== String(output)) {
    throw new ArgumentError(`a cotangent ${cotangent} for an output ${output}: they must be alike`);
  }
  return gradients(output, variables, cotangent);
}

function assertScalar(value: unknown): asserts value is Tensor {
  if (!(value instanceof Tensor) || value.rank !== 0 || !isFloating(value.dtype)) {
    throw new GradientError(
      `a differentiated function returns a floating-point scalar, not ${String(value)}`,
    );
  }
}

/** Reverse mode: walks from the output back to the variables and adds up what each use contributes. */
function gradients(output: Tensor, variables: readonly Tensor[], seed: Tensor): Tensor[] {
  const targets = new Set(variables);
  const order = collectInOrder([output], (tensor) => (targets.has(tensor) ? [] : inputsOf(tensor)));
  const dependent = new Set(targets);
  for (const tensor of order)
    if (inputsOf(tensor).some((input) => dependent.has(input))) dependent.add(tensor);

  const totals = new Map<Tensor, Tensor>([[output, seed]]);
  for (const tensor of order.reverse()) {
    const gradient = totals.get(tensor);
    if (gradient === undefined || targets.has(tensor) || !dependent.has(tensor)) continue;
    const needed = inputsOf(tensor).map((input) => dependent.has(input) && isFloating(input.dtype));
    if (!needed.includes(true)) continue;
    for (const [i, contribution] of contributions(tensor, gradient, needed).entries()) {
      if (contribution === undefined || !needed[i]) continue;
      const input = inputsOf(tensor)[i]!;
      const known = totals.get(input);
      totals.set(input, known === undefined ? contribution : add(known, contribution));
    }
  }
  return variables.map((variable) => totals.get(variable) ?? zeros(variable.shape, variable.dtype));
}

function inputsOf(tensor: Tensor): readonly Tensor[] {
  return tensor.expression?.inputs ?? [];
}

/** What one operation passes on to its inputs. */
function contributions(
  output: Tensor,
  gradient: Tensor,
  needed: readonly boolean[],
): readonly (Tensor | undefined)[] {
  const { operation, inputs, attributes } = output.expression!;
  const rule = gradientRules[operation] as GradientRule<never> | undefined;
  if (rule !== undefined) {
    return rule(gradient, { inputs, attributes, output, needed } as unknown as Application<never>);
  }
  if (!isComposite(operation))
    throw new GradientError(`${operation} has no derivative; use stopGradient() before it`);
  return contributionsByDefinition(operation, output, gradient, needed);
}

/** Composites without a rule of their own are differentiated through their definition. */
function contributionsByDefinition(
  operation: CompositeName,
  output: Tensor,
  gradient: Tensor,
  needed: readonly boolean[],
): (Tensor | undefined)[] {
  const { inputs, attributes } = output.expression!;
  const variables = inputs.map((input) => identity(input));
  const defined = defineComposite(operation, variables, attributes as never);
  const results = gradients(
    defined,
    variables.filter((_, i) => needed[i]),
    gradient,
  );
  return inputs.map((_, i) => (needed[i] ? results.shift() : undefined));
}
