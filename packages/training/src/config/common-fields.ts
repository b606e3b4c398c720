import * as z from 'zod';

/** A whole number from `least`. */
export const whole = (least: number) => z.int().min(least);
/** A number from 0: a weight, a rate. */
export const amount = () => z.number().min(0);
/** A path or a name. */
export const text = () => z.string().min(1);

/** Fields that say where things are and how long it takes: of every training. */
export const runFields = {
  output: text().describe('Folder for checkpoints, logs and the trained model'),
  steps: whole(1).default(20_000).describe('Updates of the model'),
  batchSize: whole(1).default(32).describe('Pictures in an update'),
  accumulation: whole(1)
    .default(1)
    .describe(
      'Parts a batch is cut into, so that memory for one part at a time is needed; must divide batchSize',
    ),
  seed: z
    .int()
    .min(0)
    .max(2 ** 24 - 1)
    .default(0)
    .describe('Of initial values, order, augmentation and noise'),
  stepsPerCall: whole(1)
    .default(1)
    .describe(
      'Updates in one call of the engine, which hands the model back once for all: faster for small models, and slower to start',
    ),
  logEvery: whole(1).default(50).describe('Updates between lines of the log'),
  evaluateEvery: whole(0).default(1_000).describe('Updates between evaluations; 0 for one at the end only'),
  checkpointEvery: whole(0).default(1_000).describe('Updates between checkpoints; 0 for one at the end only'),
  keep: whole(1).default(2).describe('Checkpoints to keep, beside the best'),
  resume: z
    .boolean()
    .default(true)
    .describe('Whether to go on from the last checkpoint in the output folder; if not, there must be none'),
};

/** Fields of a data set of pictures. */
export const datasetFields = {
  dataset: text().describe(
    'Folder of pictures, or a .jsonl or .csv file that lists them; sub-folders train and held-out are used as such',
  ),
  heldOut: z
    .number()
    .min(0)
    .lt(1)
    .default(0.05)
    .describe('Share of the pictures to evaluate on rather than train on, where there is no folder held-out'),
  broken: z
    .enum(['throw', 'skip'])
    .default('throw')
    .describe('What to do about a picture that cannot be read'),
  workers: whole(0).default(1).describe('Threads that read pictures'),
};

/** The fields of an optimiser, with the defaults of a kind of model. */
export function optimizerFields(defaults: {
  readonly learningRate: number;
  readonly schedule: 'constant' | 'cosine';
  readonly warmupSteps: number;
  readonly betas: [number, number];
  readonly weightDecay: number;
  readonly averageDecay: number;
}) {
  const beta = () => z.number().min(0).lt(1);
  return z
    .strictObject({
      learningRate: z
        .number()
        .gt(0)
        .default(defaults.learningRate)
        .describe('Learning rate of AdamW after the warm-up'),
      schedule: z
        .enum(['constant', 'cosine'])
        .default(defaults.schedule)
        .describe('How the learning rate changes after the warm-up: not at all, or along half a cosine'),
      warmupSteps: whole(0)
        .default(defaults.warmupSteps)
        .describe('Updates over which the learning rate rises'),
      finalShare: z
        .number()
        .min(0)
        .max(1)
        .default(0.1)
        .describe('What a cosine leaves of the learning rate at the end, as a share'),
      betas: z
        .tuple([beta(), beta()])
        .default(defaults.betas)
        .describe('Decay rates of the moments of AdamW'),
      weightDecay: amount().default(defaults.weightDecay).describe('Weight decay of matrices'),
      maximumGradientNorm: z
        .number()
        .gt(0)
        .default(1)
        .describe('Largest global norm of the gradients; larger ones are scaled down'),
      averageDecay: z
        .number()
        .min(0)
        .lt(1)
        .default(defaults.averageDecay)
        .describe(
          'Decay of the moving average of the weights, which is what is evaluated and saved; 0 for none',
        ),
    })
    .prefault({});
}

/** What two fields together must be. */
export function checkRun(
  {
    batchSize,
    accumulation,
    steps,
    optimizer,
  }: {
    readonly batchSize: number;
    readonly accumulation: number;
    readonly steps: number;
    readonly optimizer: { readonly warmupSteps: number };
  },
  context: z.RefinementCtx,
): void {
  if (batchSize % accumulation !== 0) {
    context.addIssue({
      code: 'custom',
      path: ['accumulation'],
      message: `${accumulation} parts do not divide a batch of ${batchSize}; it must be a divisor of batchSize`,
    });
  }
  if (optimizer.warmupSteps >= steps) {
    context.addIssue({
      code: 'custom',
      path: ['optimizer', 'warmupSteps'],
      message: `a warm-up of ${optimizer.warmupSteps} must be shorter than the ${steps} steps of training`,
    });
  }
}
