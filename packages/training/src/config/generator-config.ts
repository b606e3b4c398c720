import { type PresetName, presets } from '@softvq/generators';
import * as z from 'zod';
import { checkRun, datasetFields, optimizerFields, runFields, text, whole } from './common-fields.js';
import { describeFields, type FieldDescription } from './describe-fields.js';
import { parseConfig } from './parse-config.js';

/** Sizes; sides of patches are a field of their own. */
const presetNames = (Object.keys(presets) as PresetName[]).filter((name) => !name.includes('/')) as [
  PresetName,
  ...PresetName[],
];

const share = () => z.number().min(0).lt(1);
/** Further out than latents lie. */
const clipDenoised = () => z.number().gt(0).default(6);

const model = z
  .strictObject({
    from: text()
      .optional()
      .describe(
        'Saved generator to begin with, a folder or a model on the hub; other fields of the model are then ignored',
      ),
    kind: z.enum(['SiT', 'DiT', 'MAR']).default('SiT').describe('Kind of generator'),
    preset: z
      .enum(presetNames)
      .optional()
      .describe('Sizes of a published model of that kind, for what is not given; default the smallest'),
    width: whole(1).optional().describe('Width of the transformer; default that of the preset'),
    depth: whole(1)
      .optional()
      .describe('Blocks of the transformer (each of the two in MAR); default that of the preset'),
    heads: whole(1)
      .optional()
      .describe('Attention heads, which divide the width; default that of the preset'),
    patchSize: whole(1).default(1).describe('Side of the patches that a grid of latents is cut into'),
    labelDropout: z
      .number()
      .gt(0)
      .lt(1)
      .default(0.1)
      .describe('Share of the labels that are left out in training'),
    sit: z
      .strictObject({
        path: z
          .enum(['linear', 'cosine', 'variance-preserving'])
          .default('linear')
          .describe('Path from latents to noise in SiT'),
        prediction: z.enum(['velocity', 'noise', 'score']).default('velocity').describe('What SiT predicts'),
        times: z
          .enum(['uniform', 'lognormal'])
          .default('lognormal')
          .describe('How times of training are distributed in SiT'),
      })
      .prefault({}),
    dit: z
      .strictObject({
        schedule: z.enum(['linear', 'cosine']).default('linear').describe('Noise schedule of DiT'),
        minSnr: z
          .number()
          .gt(0)
          .optional()
          .describe('Limit of the signal-to-noise ratio that weighs errors in DiT; default none'),
        clipDenoised: clipDenoised().describe(
          'Bound of the latents that samplers of DiT estimate, in standard deviations of the data',
        ),
      })
      .prefault({}),
    mar: z
      .strictObject({
        headWidth: whole(1)
          .optional()
          .describe('Width of the diffusion head of MAR; default that of the preset'),
        headDepth: whole(1)
          .optional()
          .describe('Blocks of the diffusion head of MAR; default that of the preset'),
        buffer: whole(1).default(64).describe('Tokens that tell the class in MAR'),
        attentionDropout: share().default(0.1).describe('Dropout of attention in MAR'),
        projectionDropout: share().default(0.1).describe('Dropout after projections in MAR'),
        noisesPerToken: whole(1).default(4).describe('Times a token is noised in a step of MAR'),
        headSteps: whole(1).default(100).describe('Steps of the head for a token while MAR samples'),
        clipDenoised: clipDenoised().describe(
          'Bound of the tokens that samplers of MAR estimate, in standard deviations of the data',
        ),
      })
      .prefault({}),
  })
  .prefault({});

/** What a training of a generator is described by. */
export const generatorTrainingSchema = z
  .strictObject({
    tokenizer: text().describe('Trained tokenizer: a folder, or a model on the hub'),
    ...datasetFields,
    dataset: datasetFields.dataset.optional(),
    latents: text()
      .optional()
      .describe(
        'Folder for the latents of the data set, made where they are missing; default latents in the output folder',
      ),
    ...runFields,
    model,
    optimizer: optimizerFields({
      learningRate: 1e-4,
      schedule: 'constant',
      warmupSteps: 0,
      betas: [0.9, 0.999],
      weightDecay: 0,
      averageDecay: 0.999,
    }),
    augmentation: z
      .strictObject({
        flip: z.boolean().default(true).describe('Whether half of the latents are of mirrored pictures'),
      })
      .prefault({}),
    evaluation: z
      .strictObject({
        pictures: whole(1).default(1_000).describe('Held-out latents to measure the loss of at most'),
        samples: whole(0)
          .default(16)
          .describe('Pictures to draw, the same classes and noise each time; 0 for none'),
        steps: whole(1).default(50).describe('Steps of the sampler for them'),
        guidance: z.number().min(1).default(1.5).describe('Scale of classifier-free guidance for them'),
      })
      .prefault({}),
  })
  .superRefine((config, context) => {
    checkRun(config, context);
    const { kind, preset } = config.model;
    if (preset !== undefined && !preset.startsWith(`${kind.toLowerCase()}-`)) {
      const message = `${preset} is no preset of a ${kind}; it must be one of ${presetsOf(kind).join(', ')}`;
      context.addIssue({ code: 'custom', path: ['model', 'preset'], message });
    }
    if (config.dataset === undefined && config.latents === undefined) {
      const message = 'it must name a folder of pictures, or latents one of latents';
      context.addIssue({ code: 'custom', path: ['dataset'], message });
    }
  });

function presetsOf(kind: string): PresetName[] {
  return presetNames.filter((name) => name.startsWith(`${kind.toLowerCase()}-`));
}

/** A training of a generator, with all defaults. */
export type GeneratorTrainingConfig = z.output<typeof generatorTrainingSchema>;

/** As it may be given: what has a default can be left out. */
export type GeneratorTrainingInput = z.input<typeof generatorTrainingSchema>;

/** @throws ArgumentError that names every field that is wrong and what is allowed. */
export function parseGeneratorTraining(value: unknown): GeneratorTrainingConfig {
  return parseConfig('the configuration of a generator training', generatorTrainingSchema, value);
}

/** All fields, for a command line that makes flags of them. */
export function generatorTrainingFields(): FieldDescription[] {
  return describeFields(generatorTrainingSchema);
}
