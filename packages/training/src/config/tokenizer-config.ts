import { type PresetName, presets } from '@softvq/tokenizer';
import { alignmentModes } from '@softvq/tokenizer/losses';
import * as z from 'zod';
import { amount, checkRun, datasetFields, optimizerFields, runFields, text, whole } from './common-fields.js';
import { describeFields, type FieldDescription } from './describe-fields.js';
import { parseConfig } from './parse-config.js';

const presetNames = Object.keys(presets) as [PresetName, ...PresetName[]];

const trunk = (what: string) =>
  z
    .strictObject({
      width: whole(1).optional().describe(`Width of the ${what}; default that of the preset`),
      depth: whole(1).optional().describe(`Blocks of the ${what}; default that of the preset`),
      heads: whole(1)
        .optional()
        .describe(`Attention heads of the ${what}, which divide its width; default that of the preset`),
    })
    .prefault({});

const model = z
  .strictObject({
    from: text()
      .optional()
      .describe(
        'Saved tokenizer to begin with, a folder or a model on the hub; other fields of the model are then ignored',
      ),
    config: text()
      .optional()
      .describe(
        'A config.json of a tokenizer of any kind to begin with new weights; other fields of the model are then ignored',
      ),
    kind: z
      .enum(['SoftVQ', 'VQ', 'KL', 'AE'])
      .default('SoftVQ')
      .describe('What is between encoder and decoder'),
    preset: z
      .enum(presetNames)
      .default('softvq-s-64')
      .describe('Sizes of a published model, for what is not given'),
    patchSize: whole(1).optional().describe('Pixels on a side of a patch; must divide imageSize'),
    latentTokens: whole(1).optional().describe('Tokens of an image'),
    latentWidth: whole(1).optional().describe('Numbers of a token'),
    codebooks: whole(1).optional().describe('Codebooks of SoftVQ; must divide latentTokens'),
    codebookSize: whole(1).optional().describe('Codewords of a codebook'),
    temperature: z.number().gt(0).optional().describe('Temperature of the weights of codewords in SoftVQ'),
    encoder: trunk('encoder'),
    decoder: trunk('decoder'),
    initialization: z
      .strictObject({
        layerScale: z
          .number()
          .default(1e-5)
          .describe('Layer scales at the beginning; short trainings learn faster from 1'),
        weights: z
          .enum(['paper', 'kaiming'])
          .default('paper')
          .describe(
            'Matrices at the beginning: deviation 0.02, or one that keeps variances, for short trainings',
          ),
        tokenDeviation: amount()
          .default(0.02)
          .describe(
            'Deviation of positions and latent tokens at the beginning; short trainings learn faster from 1',
          ),
      })
      .prefault({}),
  })
  .prefault({});

const losses = z
  .strictObject({
    mse: amount().default(1).describe('Weight of the mean squared error of pixels'),
    l1: amount().default(0).describe('Weight of the mean absolute error of pixels'),
    entropy: amount().default(0.01).describe('Weight of the entropy loss of SoftVQ'),
    codebook: amount().default(1).describe('Weight of the codebook loss of VQ'),
    commitment: amount().default(0.25).describe('Weight of the commitment loss of VQ'),
    divergence: amount().default(1e-6).describe('Weight of the divergence of KL'),
    auxiliary: amount()
      .default(1)
      .describe('Weight of the auxiliary decoder of MAETok that predicts gradients'),
    perceptual: z
      .strictObject({
        weight: amount().default(0).describe('Weight of the perceptual distance LPIPS; 0 for none'),
        warmupSteps: whole(0).default(0).describe('Updates over which that weight rises'),
        vgg: text().optional().describe('File with the weights of VGG-16'),
        heads: text().optional().describe('File with the heads of LPIPS, where the first has none'),
      })
      .prefault({}),
    alignment: z
      .strictObject({
        weight: amount().default(0).describe('Weight of the alignment of latents with DINOv2; 0 for none'),
        weights: text().optional().describe('File with the weights of DINOv2'),
        mode: z
          .enum(alignmentModes)
          .default('repeat')
          .describe('Which patches a latent token is aligned with'),
      })
      .prefault({}),
    adversarial: z
      .strictObject({
        weight: amount().default(0).describe('Weight of the adversarial loss; 0 for no discriminator'),
        start: whole(1).default(20_000).describe('Update from which it counts'),
        discriminator: z
          .enum(['dino', 'patch', 'maskbit', 'stylegan'])
          .default('dino')
          .describe('Kind of discriminator; dino needs weights'),
        weights: text().optional().describe('File with the weights of DINO ViT-S/16'),
        width: whole(1)
          .optional()
          .describe('Channels of the first layer of a patch, maskbit or stylegan discriminator'),
        layers: whole(1)
          .optional()
          .describe('Layers of a patch or maskbit discriminator that halve the picture'),
        loss: z
          .enum(['hinge', 'vanilla', 'non-saturating'])
          .default('hinge')
          .describe('Loss of the discriminator'),
        generatorLoss: z
          .enum(['hinge', 'non-saturating'])
          .default('hinge')
          .describe('Adversarial loss of the tokenizer'),
        lecam: amount().default(0.001).describe('Weight of LeCAM'),
        consistency: amount().default(4).describe('Weight of the consistency under augmentation'),
        augmentation: z.boolean().default(true).describe('Whether the discriminator sees augmented pictures'),
        adaptive: z.boolean().default(false).describe('Whether its weight is balanced by gradients'),
      })
      .prefault({}),
  })
  .prefault({});

/** What a training of a tokenizer is described by. */
export const tokenizerTrainingSchema = z
  .strictObject({
    ...datasetFields,
    ...runFields,
    imageSize: whole(8).default(256).describe('Pixels on a side that pictures are brought to'),
    model,
    losses,
    optimizer: optimizerFields({
      learningRate: 1e-4,
      schedule: 'cosine',
      warmupSteps: 0,
      betas: [0.9, 0.95],
      weightDecay: 1e-4,
      averageDecay: 0.999,
    }),
    augmentation: z
      .strictObject({
        flip: z.boolean().default(true).describe('Whether half of the pictures are mirrored'),
        crop: z.enum(['center', 'random']).default('center').describe('Which part of a picture is used'),
        permuteChannels: z
          .boolean()
          .default(false)
          .describe('Whether red, green and blue are exchanged at random, for small data sets'),
      })
      .prefault({}),
    evaluation: z
      .strictObject({
        pictures: whole(1).default(1_000).describe('Held-out pictures to measure at most'),
        shown: whole(1).default(16).describe('Held-out pictures in the grid'),
      })
      .prefault({}),
  })
  .superRefine((config, context) => {
    checkRun(config, context);
    const { perceptual, alignment, adversarial } = config.losses;
    const needed = [
      { on: perceptual.weight > 0, file: perceptual.vgg, path: ['perceptual', 'vgg'] },
      { on: alignment.weight > 0, file: alignment.weights, path: ['alignment', 'weights'] },
      {
        on: adversarial.weight > 0 && adversarial.discriminator === 'dino',
        file: adversarial.weights,
        path: ['adversarial', 'weights'],
      },
    ];
    for (const { on, file, path } of needed) {
      if (!on || file !== undefined) continue;
      const message = `it must name a file, because losses.${path[0]}.weight is above 0`;
      context.addIssue({ code: 'custom', path: ['losses', ...path], message });
    }
  });

/** A training of a tokenizer, with all defaults. */
export type TokenizerTrainingConfig = z.output<typeof tokenizerTrainingSchema>;

/** As it may be given: what has a default can be left out. */
export type TokenizerTrainingInput = z.input<typeof tokenizerTrainingSchema>;

/** @throws ArgumentError that names every field that is wrong and what is allowed. */
export function parseTokenizerTraining(value: unknown): TokenizerTrainingConfig {
  return parseConfig('the configuration of a tokenizer training', tokenizerTrainingSchema, value);
}

/** All fields, for a command line that makes flags of them. */
export function tokenizerTrainingFields(): FieldDescription[] {
  return describeFields(tokenizerTrainingSchema);
}
