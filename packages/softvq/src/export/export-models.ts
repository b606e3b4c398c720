import { join } from 'node:path';
import { exportOnnx } from '@softvq/backends/onnx';
import { ArgumentError, type Backend } from '@softvq/core';
import { writeFileAtomic } from '@softvq/core/node';
import type { LoadedModel } from '../node/load-model.js';
import { replaceFolder } from '../node/replace-folder.js';
import type { LatentStatistics } from '../pipeline/pipeline-parts.js';
import type { SamplingDefaults } from '../pipeline/sampling-defaults.js';
import { generatorNetworks, type TracedNetwork, tokenizerNetworks } from './networks.js';

/** The file that describes the others. */
export const exportDescriptionName = 'export.json';

/** A tensor that a network takes or gives; names stand for sizes that may differ from run to run. */
export interface ExportedTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly (number | string)[];
}

export interface ExportedNetwork {
  readonly file: string;
  readonly meaning: string;
  readonly inputs: readonly ExportedTensor[];
  readonly outputs: readonly ExportedTensor[];
}

/** What `export.json` says: all that is needed to run the files. */
export interface ExportDescription {
  readonly format: 'softvq-onnx';
  readonly formatVersion: 1;
  readonly networks: Readonly<Record<string, ExportedNetwork>>;
  /** Of one image. */
  readonly latentShape: readonly number[];
  readonly imageSize?: number;
  /** Generators see (latents - mean) / std. */
  readonly latentStatistics?: LatentStatistics;
  readonly generator?: {
    readonly className: string;
    /** How data becomes noise, and what the network predicts. */
    readonly process: unknown;
    readonly classes: number;
    /** The label that means no class. */
    readonly noClass: number;
    /** prediction = unconditional + scale · (conditional - unconditional) */
    readonly guidance: 'classifier-free';
  };
  readonly classLabels?: readonly string[];
  readonly sampling?: SamplingDefaults;
}

export interface ExportModelOptions {
  /** Whose operators the graphs are traced for: one of ONNX Runtime. */
  readonly backend: Backend;
  /** Whether ONNX Runtime's own operators may be used, which are faster there and unknown elsewhere. */
  readonly microsoftOperators?: boolean;
  readonly signal?: AbortSignal;
  readonly onNetwork?: (network: ExportedNetwork) => void;
}

/**
 * Writes the networks of a model as ONNX files that stock ONNX Runtime runs, with `export.json`, which says how. The
 * folder appears when everything is written, in place of an older export.
 *
 * @throws ArgumentError for a generator that has no network to export, or a folder that holds something else;
 * BackendError for a network of more than 2 GB.
 */
export async function exportModel(
  model: LoadedModel,
  folder: string,
  options: ExportModelOptions,
): Promise<ExportDescription> {
  const { backend, microsoftOperators = false, signal, onNetwork } = options;
  const traced = await networksOf(model, backend);
  const networks: Record<string, ExportedNetwork> = {};
  let description: ExportDescription | undefined;
  const write = async (temporary: string): Promise<void> => {
    for (const each of traced) {
      signal?.throwIfAborted();
      const file = `${each.name}.onnx`;
      const bytes = await exportOnnx(each.graph, { outputNames: [each.outputName], microsoftOperators });
      await writeFileAtomic(join(temporary, file), bytes);
      const network = exportedNetwork(each, file);
      networks[each.name] = network;
      onNetwork?.(network);
    }
    description = { format: 'softvq-onnx', formatVersion: 1, networks, ...factsOf(model) };
    const text = `${JSON.stringify(description, undefined, 2)}\n`;
    await writeFileAtomic(join(temporary, exportDescriptionName), new TextEncoder().encode(text));
  };
  await replaceFolder(folder, write, (names) => names.includes(exportDescriptionName));
  return description!;
}

/** The networks of a model, as graphs. */
export async function networksOf(model: LoadedModel, backend: Backend): Promise<TracedNetwork[]> {
  const { tokenizer, generator } = partsOf(model);
  const ofTokenizer = tokenizer === undefined ? [] : await tokenizerNetworks(tokenizer, backend);
  if (generator === undefined) return ofTokenizer;
  const ofGenerator = await generatorNetworks(generator, backend);
  if (ofGenerator.length > 0) return [...ofTokenizer, ...ofGenerator];
  throw new ArgumentError(
    `a ${generator.name} has no network that could be exported: a generator with predict() and process has, as SiT and DiT`,
  );
}

type Parts = Partial<Extract<LoadedModel, { kind: 'pipeline' }>['parts']>;

function partsOf(model: LoadedModel): Parts {
  if (model.kind === 'pipeline') return model.parts;
  return model.kind === 'tokenizer' ? { tokenizer: model.tokenizer } : { generator: model.generator };
}

function factsOf(model: LoadedModel): Omit<ExportDescription, 'format' | 'formatVersion' | 'networks'> {
  const { tokenizer, generator, latentStatistics, classLabels, sampling } = partsOf(model);
  const statistics = latentStatistics ?? tokenizer?.latentStatistics;
  return {
    latentShape: (tokenizer ?? generator)!.latentShape,
    ...(tokenizer && { imageSize: tokenizer.imageSize }),
    ...(statistics && { latentStatistics: statistics }),
    ...(generator && {
      generator: {
        className: generator.name,
        process: 'process' in generator ? generator.process : undefined,
        classes: generator.classes,
        noClass: generator.classes,
        guidance: 'classifier-free' as const,
      },
    }),
    ...(classLabels && { classLabels }),
    ...(sampling && { sampling }),
  };
}

function exportedNetwork({ graph, meaning, outputName }: TracedNetwork, file: string): ExportedNetwork {
  const tensorOf = (name: string, node: Pick<(typeof graph.inputs)[number], 'dtype' | 'shape'>) => ({
    name,
    dtype: node.dtype,
    shape: node.shape.map((size) => (typeof size === 'number' ? size : size.key)),
  });
  return {
    file,
    meaning,
    inputs: graph.inputs.map((node) => tensorOf(node.attributes.name, node)),
    outputs: graph.outputs.map((node) => tensorOf(outputName, node)),
  };
}
