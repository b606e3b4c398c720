import {
  arange,
  type Backend,
  type CompiledFunction,
  cast,
  compile,
  type Tensor,
  take,
  takeAdd,
} from '@softvq/core';
import type { Network } from '../guidance/guided-network.js';
import { type Execution, executionOptions } from '../sampling/execution.js';
import type { MaskedTransformer } from './masked-transformer.js';
import { tokensToGrid } from './token-grid.js';

/** What the transformer is told in one step of sampling. */
export interface TransformerInput {
  /** float32 (images, tokens, channels). */
  readonly tokens: Tensor;
  /** int32 (rows): the image that a row looks at. */
  readonly images: Tensor;
  /** int32 (rows). */
  readonly labels: Tensor;
  /** int32 (rows, known). */
  readonly known: Tensor;
  /** int32 (rows, tokens). */
  readonly places: Tensor;
  /** int32 (rows, predicted): the positions that are wanted. */
  readonly predicted: Tensor;
}

/** What is written in one step of sampling. */
export interface WriteInput {
  /** float32 (images, tokens, channels), 0 where nothing has been written. */
  readonly tokens: Tensor;
  /** float32 (written, channels). */
  readonly latents: Tensor;
  /** int32 (written): image · tokens + position. */
  readonly positions: Tensor;
}

/** Tokens as the transformer takes them, and the latents of images that they are. */
export interface Written {
  readonly tokens: Tensor;
  /** The tokens as a grid, for generators of grids. */
  readonly grid?: Tensor;
}

/**
 * Encoder and decoder as one executable for every number of images, rows, known and wanted tokens: float32 conditions
 * (rows · predicted, width) for the head.
 *
 * @param names of the weights.
 */
export function compileTransformer(
  network: MaskedTransformer,
  names: Readonly<Record<string, Tensor>>,
  execution: Execution,
): CompiledFunction<TransformerInput, Tensor> {
  return compile(
    ({ tokens, images, labels, known, places, predicted }: TransformerInput): Tensor => {
      const [rows] = predicted.shape;
      const { dtype } = network.z_proj.weight;
      const encoded = network.encode({ tokens: cast(tokens, dtype), images, labels, known });
      const decoded = network.decode({ encoded, places });
      const [, length, width] = decoded.shape as readonly [unknown, number, number];
      const starts = arange(rows!).mul(length).reshape([rows!, 1]);
      return cast(take(decoded.reshape([-1, width]), predicted.add(starts).reshape([-1])), 'float32');
    },
    {
      ...executionOptions(execution, names),
      dynamic: {
        tokens: ['images'],
        images: ['rows'],
        labels: ['rows'],
        known: ['rows', 'known'],
        places: ['rows'],
        predicted: ['rows', 'predicted'],
      },
    },
  );
}

/** The function that puts new tokens in their places, of which each is written once. */
export function compileWriting(
  { patchSize, isGrid }: { readonly patchSize: number; readonly isGrid: boolean },
  backend: Backend,
): CompiledFunction<WriteInput, Written> {
  return compile(
    ({ tokens, latents, positions }: WriteInput): Written => {
      const [images, length, channels] = tokens.shape as readonly [number, number, number];
      const flat = tokens.reshape([-1, channels]);
      const written = takeAdd(flat, positions, latents).reshape([images, length, channels]);
      return isGrid ? { tokens: written, grid: tokensToGrid(written, patchSize) } : { tokens: written };
    },
    { backend, dynamic: { tokens: ['images'], latents: ['written'], positions: ['written'] } },
  );
}

/** The head as the samplers see it: of noisy tokens float32 (rows, channels), given `conditions` (rows, width). */
export function headNetwork({ diffloss }: MaskedTransformer): Network {
  const { dtype } = diffloss.net.final_layer.linear.weight;
  return (latents, time, { conditions }) =>
    cast(diffloss.net.forward(cast(latents, dtype), time, cast(conditions!, dtype)), 'float32');
}
