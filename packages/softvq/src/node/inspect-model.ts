import { type Backend, bytesPerElement, type Tensor } from '@softvq/core';
import type { StoredTensor } from '@softvq/core/io';
import { savedConfigOf as generatorConfigOf } from '@softvq/generators';
import { savedConfigOf as tokenizerConfigOf } from '@softvq/tokenizer';
import { networksOf } from '../export/export-models.js';
import type { LoadedModel } from './load-model.js';

export interface InspectedTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
}

export interface InspectedTensors {
  readonly tensors: readonly InspectedTensor[];
  /** How many numbers all of them hold. */
  readonly elements: number;
  readonly bytes: number;
}

export interface InspectedNetwork {
  readonly name: string;
  readonly meaning: string;
  readonly parameters: number;
  /** Floating-point operations of one evaluation for one image, a multiply-add counted as two. */
  readonly flops: number;
}

export interface InspectedModel {
  readonly kind: LoadedModel['kind'];
  readonly parameters: number;
  /** Of everything that is saved, as it is in memory: half precision is widened. */
  readonly bytes: number;
  readonly networks: readonly InspectedNetwork[];
  /** Settings by part, as the files have them. */
  readonly configs: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly tensors: readonly InspectedTensor[];
}

/** Tensors of a file. */
export function inspectTensors(
  stored: ReadonlyMap<string, Pick<StoredTensor, 'storedAs' | 'shape'>>,
): InspectedTensors {
  const tensors = [...stored].map(([name, { storedAs, shape }]) => ({ name, dtype: storedAs, shape }));
  const counts = tensors.map(({ shape }) => countOf(shape));
  return {
    tensors,
    elements: counts.reduce((sum, count) => sum + count, 0),
    bytes: tensors.reduce((sum, { dtype }, i) => sum + counts[i]! * bytesOf(dtype), 0),
  };
}

/**
 * What a model is and costs.
 *
 * @param backend whose graphs are counted; nothing runs.
 */
export async function inspectModel(model: LoadedModel, backend: Backend): Promise<InspectedModel> {
  const parts = partsOf(model);
  const tensors = Object.entries(parts).flatMap(([part, { stateDict }]) =>
    Object.entries(stateDict).map(([name, tensor]) => ({
      name: model.kind === 'pipeline' ? `${part}.${name}` : name,
      dtype: tensor.dtype,
      shape: tensor.shape as readonly number[],
    })),
  );
  const networks = await networksOf(model, backend);
  return {
    kind: model.kind,
    parameters: tensors.reduce((sum, { shape }) => sum + countOf(shape), 0),
    bytes: tensors.reduce((sum, { shape, dtype }) => sum + countOf(shape) * bytesOf(dtype), 0),
    networks: networks.map(({ name, meaning, graph, sizesOfOne }) => ({
      name,
      meaning,
      parameters: graph.parameterCount,
      flops: graph.flops(sizesOfOne),
    })),
    configs: {
      ...Object.fromEntries(Object.entries(parts).map(([part, { config }]) => [part, config])),
      ...(model.kind === 'pipeline' && {
        pipeline: {
          latentStatistics: model.parts.latentStatistics,
          sampling: model.parts.sampling,
          classLabels: model.parts.classLabels,
        },
      }),
    },
    tensors,
  };
}

interface Part {
  readonly stateDict: Readonly<Record<string, Tensor>>;
  readonly config: Readonly<Record<string, unknown>>;
}

function partsOf(model: LoadedModel): Readonly<Record<string, Part>> {
  const { tokenizer = undefined, generator = undefined } =
    model.kind === 'pipeline'
      ? model.parts
      : model.kind === 'tokenizer'
        ? { tokenizer: model.tokenizer }
        : { generator: model.generator };
  return {
    ...(tokenizer && {
      tokenizer: { stateDict: tokenizer.stateDict(), config: tokenizerConfigOf(tokenizer) },
    }),
    ...(generator && {
      generator: { stateDict: generator.stateDict(), config: generatorConfigOf(generator) },
    }),
  };
}

function countOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function bytesOf(dtype: StoredTensor['storedAs']): number {
  return dtype === 'bfloat16' ? 2 : bytesPerElement(dtype);
}
