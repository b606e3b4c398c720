import {
  type AnyGenerator,
  arange,
  type Backend,
  cast,
  compile,
  type DynamicAxes,
  fromHost,
  type Tensor,
  type Tokenizer,
} from '@softvq/core';
import type { Graph } from '@softvq/core/graph';
import { type LatentGenerator, MAR } from '@softvq/generators';

/** A network of a model as a graph of its own, for batches of every size. */
export interface TracedNetwork {
  /** Short: the name of its file. */
  readonly name: string;
  /** What it computes, for who drives it. */
  readonly meaning: string;
  readonly graph: Graph;
  readonly outputName: string;
  /** Sizes of its symbolic dimensions for one image. */
  readonly sizesOfOne: Readonly<Record<string, number>>;
}

/** Encoder and decoder of a tokenizer. */
export async function tokenizerNetworks(tokenizer: Tokenizer, backend: Backend): Promise<TracedNetwork[]> {
  const { imageSize, latentShape } = tokenizer;
  const [parameter] = Object.values(tokenizer.parameters());
  const dtype = parameter?.dtype ?? 'float32';
  const half = (fn: (input: Tensor) => Tensor) => (input: Tensor) => cast(fn(cast(input, dtype)), 'float32');
  const encode = half((images) => tokenizer.encode(images));
  const decode = half((latents) => tokenizer.decode(latents));
  return [
    {
      name: 'encoder',
      meaning: 'images in [-1, 1] to latents, not normalised',
      outputName: 'latents',
      sizesOfOne: { batch: 1 },
      graph: await trace(({ images }) => encode(images), {
        backend,
        inputs: { images: floats(1, 3, imageSize, imageSize) },
        dynamic: { images: ['batch'] },
      }),
    },
    {
      name: 'decoder',
      meaning: 'latents, not normalised, to images nominally in [-1, 1]',
      outputName: 'images',
      sizesOfOne: { batch: 1 },
      graph: await trace(({ latents }) => decode(latents), {
        backend,
        inputs: { latents: floats(1, ...latentShape) },
        dynamic: { latents: ['batch'] },
      }),
    },
  ];
}

/**
 * The networks that a generator's sampling evaluates: one for SiT, DiT and plugins that predict all latents at once; the
 * transformer and the diffusion head of MAR; none for other plugins.
 */
export async function generatorNetworks(generator: AnyGenerator, backend: Backend): Promise<TracedNetwork[]> {
  if (generator instanceof MAR) return marNetworks(generator, backend);
  if (!isLatentGenerator(generator)) return [];
  const { latentShape } = generator;
  return [
    {
      name: 'network',
      meaning:
        'the prediction for normalised latents at a time under labels, the number of classes being the label for none',
      outputName: 'prediction',
      sizesOfOne: { batch: 1 },
      graph: await trace(({ latents, time, labels }) => generator.predict(latents, time, labels), {
        backend,
        inputs: { latents: floats(1, ...latentShape), time: floats(), labels: integers(1) },
        dynamic: { latents: ['batch'], labels: ['batch'] },
      }),
    },
  ];
}

async function marNetworks(mar: MAR, backend: Backend): Promise<TracedNetwork[]> {
  const { tokens, channels } = mar.layout;
  const { dtype } = mar.z_proj.weight;
  const [, width] = mar.diffloss.net.cond_embed.weight.shape as readonly [number, number];
  return [
    {
      name: 'transformer',
      meaning:
        'conditions for the head, one for each token, from tokens of which those at the positions "known" count; "places" has for each token its place among these from 1, or 0 where it is not known',
      outputName: 'conditions',
      sizesOfOne: { batch: 1, known: tokens },
      graph: await trace(
        ({ tokens: given, labels, known, places }) => {
          const images = arange(labels.shape[0]!);
          const encoded = mar.encode({ tokens: cast(given, dtype), images, labels, known });
          return cast(mar.decode({ encoded, places }), 'float32');
        },
        {
          backend,
          inputs: {
            tokens: floats(1, tokens, channels),
            labels: integers(1),
            known: integers(1, tokens),
            places: integers(1, tokens),
          },
          dynamic: { tokens: ['batch'], labels: ['batch'], known: ['batch', 'known'], places: ['batch'] },
        },
      ),
    },
    {
      name: 'head',
      meaning: 'the noise of noisy tokens and, in the second half of the channels, where the variance lies',
      outputName: 'prediction',
      sizesOfOne: { batch: 1 },
      graph: await trace(
        ({ latents, time, conditions }) =>
          cast(mar.diffloss.net.forward(cast(latents, dtype), time, cast(conditions, dtype)), 'float32'),
        {
          backend,
          inputs: { latents: floats(1, channels), time: floats(), conditions: floats(1, width) },
          dynamic: { latents: ['batch'], conditions: ['batch'] },
        },
      ),
    },
  ];
}

function isLatentGenerator(generator: AnyGenerator): generator is AnyGenerator & LatentGenerator {
  return 'predict' in generator && 'process' in generator;
}

async function trace<Names extends string>(
  fn: (inputs: Readonly<Record<Names, Tensor>>) => Tensor,
  {
    backend,
    inputs,
    dynamic,
  }: {
    readonly backend: Backend;
    readonly inputs: Readonly<Record<Names, Tensor>>;
    readonly dynamic: Readonly<Record<string, DynamicAxes>>;
  },
): Promise<Graph> {
  return compile(fn, { backend, dynamic }).graph(inputs);
}

function floats(...shape: number[]): Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  return fromHost({ dtype: 'float32', shape, data: new Float32Array(count) });
}

function integers(...shape: number[]): Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  return fromHost({ dtype: 'int32', shape, data: new Int32Array(count) });
}
