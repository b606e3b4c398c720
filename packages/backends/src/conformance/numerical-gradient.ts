import { type Backend, fromHost, type Tensor, withCompiled } from '@softvq/core';

/** Arguments of a scalar function: what it is differentiated by, and the rest. */
export interface Arguments {
  readonly variables: readonly Tensor[];
  readonly rest: readonly Tensor[];
}

/** A floating-point scalar made of its arguments. */
export type Loss = (variables: readonly Tensor[], rest: readonly Tensor[]) => Tensor;

/** Small enough that the next term of the Taylor series vanishes, large enough that rounding does in float64. */
const distance = 1e-4;

/** Central differences: the derivative by each element of each variable, all of which are float64. */
export async function numericalGradient(backend: Backend, loss: Loss, args: Arguments): Promise<number[][]> {
  const fn = ({ variables, rest }: Arguments) => loss(variables, rest);
  return withCompiled(fn, { backend }, async (compiled) => {
    const lossAt = async (position: number, data: Float64Array): Promise<number> => {
      using moved = fromHost({ dtype: 'float64', shape: args.variables[position]!.shape as number[], data });
      using value = await compiled({ ...args, variables: args.variables.with(position, moved) });
      return await value.item();
    };
    const gradients: number[][] = [];
    for (const [position, variable] of args.variables.entries()) {
      const elements = (await variable.host()).data as Float64Array;
      const gradient: number[] = [];
      for (const [i, element] of elements.entries()) {
        const above = await lossAt(position, elements.with(i, element + distance));
        const below = await lossAt(position, elements.with(i, element - distance));
        gradient.push((above - below) / (2 * distance));
      }
      gradients.push(gradient);
    }
    return gradients;
  });
}
