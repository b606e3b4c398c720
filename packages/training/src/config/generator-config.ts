import * as z from 'zod';
import { checkRun, datasetFields, optimizerFields, runFields, text, whole } from './common-fields.js';
import { describeFields, type FieldDescription } from './describe-fields.js';
import { generatorModelSchema } from './generator-model.js';
import { parseConfig } from './parse-config.js';

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
    model: generatorModelSchema,
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
    if (config.dataset === undefined && config.latents === undefined) {
      const message = 'it must name a folder of pictures, or latents one of latents';
      context.addIssue({ code: 'custom', path: ['dataset'], message });
    }
  });

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
