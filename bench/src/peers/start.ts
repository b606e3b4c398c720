import { noise } from '../noise.js';
import type { PeerConfig } from './peer.js';

/** A named value in float32. */
export interface Start {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/**
 * What every run starts from: each parameter under the name that it has in a list of `TransformerBlock`s, with the
 * matrices as PyTorch keeps them, (outputs, inputs).
 */
export function startParameters({ layers, width }: PeerConfig): Record<string, Start> {
  const parameters: Record<string, Start> = {};
  const add = (name: string, shape: readonly number[], scale: number, shift = 0): void => {
    const size = shape.reduce((product, length) => product * length, 1);
    const data = noise(size, Object.keys(parameters).length + 2).map((value) => value * scale + shift);
    parameters[name] = { shape, data };
  };
  const addLinear = (name: string, inputs: number, outputs: number): void => {
    add(`${name}.weight`, [outputs, inputs], 1 / Math.sqrt(inputs));
    add(`${name}.bias`, [outputs], 1 / Math.sqrt(inputs));
  };
  const addNorm = (name: string): void => {
    add(`${name}.weight`, [width], 0.1, 1);
    add(`${name}.bias`, [width], 0.1);
  };
  for (let layer = 0; layer < layers; layer++) {
    addNorm(`${layer}.norm1`);
    addLinear(`${layer}.attn.qkv`, width, 3 * width);
    addLinear(`${layer}.attn.proj`, width, width);
    addNorm(`${layer}.norm2`);
    addLinear(`${layer}.mlp.fc1`, width, 4 * width);
    addLinear(`${layer}.mlp.fc2`, 4 * width, width);
  }
  return parameters;
}

/** The input of every step: (batch, tokens, width). */
export function startInput({ batch, tokens, width }: PeerConfig): Start {
  return { shape: [batch, tokens, width], data: noise(batch * tokens * width, 1) };
}

/** The same with matrices as (inputs, outputs), which is how both libraries multiply without transposing. */
export function transposedMatrices(parameters: Record<string, Start>): Record<string, Start> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, start]) => [
      name,
      start.shape.length === 2 ? transposed(start) : start,
    ]),
  );
}

function transposed({ shape, data }: Start): Start {
  const [rows, columns] = shape as readonly [number, number];
  const result = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      result[column * rows + row] = data[row * columns + column]!;
    }
  }
  return { shape: [columns, rows], data: result };
}
