import {
  arange,
  broadcastTo,
  cast,
  concat,
  type Dimension,
  dimensionValue,
  equal,
  greater,
  narrow,
  type Tensor,
  take,
  where,
} from '@softvq/core';
import {
  constant,
  Embedding,
  LayerNorm,
  Linear,
  Module,
  normal,
  parameter,
  type TracedRandom,
  TransformerBlock,
  xavierUniform,
} from '@softvq/core/nn';
import { RandomStream } from '@softvq/core/random';
import { type LatentLayout, latentLayout } from '../transformer/latent-layout.js';
import { normEpsilon } from '../transformer/modulated-block.js';
import type { TransformerSize } from '../transformer/transformer-sizes.js';
import { DiffusionHead } from './diffusion-head.js';
import { type MAROptions, type ResolvedMAROptions, resolveMAROptions } from './mar-options.js';

/** What the encoder is told. Rows may share an image: with its label, and without one. */
export interface EncoderCall {
  /** (images, tokens, channels); only those that are known matter. */
  readonly tokens: Tensor;
  /** int32 (rows): the image that a row looks at. */
  readonly images: Tensor;
  /** int32 (rows) from 0 to the number of classes, which means none. */
  readonly labels: Tensor;
  /** int32 (rows, known): the positions of known tokens. How many may be known only at run time. */
  readonly known: Tensor;
  /** Added to the logits of attention, (…, buffer + known): -Infinity hides. Default all are seen. */
  readonly mask?: Tensor | undefined;
  /** For dropout; without it nothing is dropped. */
  readonly random?: TracedRandom | undefined;
}

/** What the decoder is told. */
export interface DecoderCall {
  /** (rows, buffer + known, encoder width), of the encoder. */
  readonly encoded: Tensor;
  /** int32 (rows, tokens): 0 where a token is masked, otherwise 1 + its place among the known ones. */
  readonly places: Tensor;
  /** For dropout; without it nothing is dropped. */
  readonly random?: TracedRandom | undefined;
}

/**
 * The network of MAR (Li et al., "Autoregressive Image Generation without Vector Quantization", 2024): an encoder of
 * the known tokens and a decoder that says something of every token, from which the diffusion head draws it. Both
 * see a buffer of tokens that tell the class. Parameters have the names of the official checkpoints.
 */
export abstract class MaskedTransformer extends Module {
  /** What it was made from. */
  readonly options: MAROptions;
  readonly class_emb: Embedding;
  /** (1, encoder width), in place of a class. */
  readonly fake_latent: Tensor;
  readonly z_proj: Linear;
  readonly z_proj_ln: LayerNorm;
  /** (1, buffer + tokens, encoder width). */
  readonly encoder_pos_embed_learned: Tensor;
  readonly encoder_blocks: readonly TransformerBlock[];
  readonly encoder_norm: LayerNorm;
  readonly decoder_embed: Linear;
  /** (1, 1, decoder width). */
  readonly mask_token: Tensor;
  /** (1, buffer + tokens, decoder width). */
  readonly decoder_pos_embed_learned: Tensor;
  readonly decoder_blocks: readonly TransformerBlock[];
  readonly decoder_norm: LayerNorm;
  /** (1, tokens, decoder width). */
  readonly diffusion_pos_embed_learned: Tensor;
  readonly diffloss: { readonly net: DiffusionHead };
  protected readonly settings: ResolvedMAROptions;

  /** @throws ArgumentError for numbers out of range, and sizes that do not fit together. */
  protected constructor(options: MAROptions) {
    super();
    const settings = resolveMAROptions(options);
    const { encoder, decoder, head, buffer, classes, seed } = settings;
    const { tokens, channels } = tokenLayout(settings);
    const random = new RandomStream({ seed, name: 'masked-transformer' });
    const initializers = { weight: xavierUniform(), bias: constant(0) };
    const small = normal({ standardDeviation: 0.02 });
    this.options = options;
    this.settings = settings;
    this.class_emb = new Embedding(classes, encoder.width, {
      initializer: small,
      random: random.child('class_emb'),
    });
    this.fake_latent = parameter([1, encoder.width], small, random, 'fake_latent');
    this.z_proj = new Linear(channels, encoder.width, { initializers, random: random.child('z_proj') });
    this.z_proj_ln = new LayerNorm(encoder.width, { epsilon: normEpsilon });
    const positions = (name: string, count: number, width: number): Tensor =>
      parameter([1, count, width], small, random, name);
    this.encoder_pos_embed_learned = positions('encoder_pos_embed', buffer + tokens, encoder.width);
    this.encoder_blocks = blocks(encoder, settings, random.child('encoder_blocks'));
    this.encoder_norm = new LayerNorm(encoder.width, { epsilon: normEpsilon });
    this.decoder_embed = new Linear(encoder.width, decoder.width, {
      initializers,
      random: random.child('decoder_embed'),
    });
    this.mask_token = positions('mask_token', 1, decoder.width);
    this.decoder_pos_embed_learned = positions('decoder_pos_embed', buffer + tokens, decoder.width);
    this.decoder_blocks = blocks(decoder, settings, random.child('decoder_blocks'));
    this.decoder_norm = new LayerNorm(decoder.width, { epsilon: normEpsilon });
    this.diffusion_pos_embed_learned = positions('diffusion_pos_embed', tokens, decoder.width);
    this.diffloss = {
      net: new DiffusionHead({
        ...head,
        channels,
        conditionWidth: decoder.width,
        random: random.child('diffloss'),
      }),
    };
  }

  /** The buffer and the known tokens, encoded: (rows, buffer + known, encoder width). */
  encode({ tokens, images, labels, known, mask, random }: EncoderCall): Tensor {
    const [, length, channels] = tokens.shape as readonly [Dimension, number, number];
    const [rows] = known.shape;
    const { buffer } = this.settings;
    const positions = this.encoder_pos_embed_learned.reshape([buffer + length, -1]);
    const flat = tokens.reshape([-1, channels]);
    const chosen = take(flat, known.add(images.mul(length).reshape([rows!, 1])));
    const embedded = this.z_proj.forward(chosen).add(take(positions, known.add(buffer)));
    const classes = this.classVectors(labels)
      .reshape([rows!, 1, -1])
      .add(narrow(positions, 0, 0, buffer));
    const all = this.z_proj_ln.forward(concat([classes, embedded], 1));
    const bias = mask && cast(mask, all.dtype);
    return this.encoder_norm.forward(through(this.encoder_blocks, all, random?.child('encoder'), bias));
  }

  /** What the diffusion head is told of every token, known or not: (rows, tokens, decoder width). */
  decode({ encoded, places, random }: DecoderCall): Tensor {
    const { buffer } = this.settings;
    const embedded = this.decoder_embed.forward(encoded);
    const [rows, total, width] = embedded.shape as readonly [Dimension, Dimension, number];
    const length = places.shape[1] as number;
    // The first row of the table is the mask token; each row of the batch has its buffer and its known tokens there.
    const table = concat([this.mask_token.reshape([1, width]), embedded.reshape([-1, width])]);
    const start = arange(rows).reshape([rows, 1]).mul(dimensionValue(total, 'int32')).add(buffer);
    const tokens = take(table, where(greater(places, 0), places.add(start), 0));
    const all = concat([narrow(embedded, 1, 0, buffer), tokens], 1).add(this.decoder_pos_embed_learned);
    const decoded = this.decoder_norm.forward(through(this.decoder_blocks, all, random?.child('decoder')));
    return narrow(decoded, 1, buffer, length).add(this.diffusion_pos_embed_learned);
  }

  /** (rows, encoder width): of the classes, or of none. */
  private classVectors(labels: Tensor): Tensor {
    const none = equal(labels, this.settings.classes);
    const vectors = this.class_emb.forward(where(none, 0, labels));
    return where(none.reshape([-1, 1]), broadcastTo(this.fake_latent, vectors.shape), vectors);
  }
}

/** How the latents of an image become tokens: their number, and the width of one. */
export function tokenLayout({ latentShape, patchSize }: ResolvedMAROptions): LatentLayout {
  const layout = latentLayout(latentShape, patchSize);
  return { ...layout, channels: layout.channels * patchSize ** 2 };
}

function blocks(
  { width, depth, heads }: TransformerSize,
  { mlpRatio, attentionDropout, projectionDropout }: ResolvedMAROptions,
  random: RandomStream,
): TransformerBlock[] {
  return Array.from(
    { length: depth },
    (_, i) =>
      new TransformerBlock(width, {
        heads,
        mlpRatio,
        attentionDropout,
        projectionDropout,
        mlpDropout: projectionDropout,
        initializers: { weight: xavierUniform(), bias: constant(0) },
        random: random.child('block', i),
      }),
  );
}

function through(
  stack: readonly TransformerBlock[],
  tokens: Tensor,
  random: TracedRandom | undefined,
  mask?: Tensor,
): Tensor {
  return stack.reduce((x, block, i) => block.forward(x, { mask, random: random?.child(i) }), tokens);
}
