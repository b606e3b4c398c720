import { type PresetName, presets } from '@softvq/generators';
import * as z from 'zod';
import { text, whole } from './common-fields.js';

/** Sizes; sides of patches are a field of their own. */
const presetNames = (Object.keys(presets) as PresetName[]).filter((name) => !name.includes('/')) as [
  PresetName,
  ...PresetName[],
];

const share = () => z.number().min(0).lt(1).optional();
const above0 = () => z.number().gt(0).optional();

const sit = z.strictObject({
  path: z
    .enum(['linear', 'cosine', 'variance-preserving'])
    .optional()
    .describe('Path from latents to noise in SiT; default linear'),
  prediction: z
    .enum(['velocity', 'noise', 'score'])
    .optional()
    .describe('What SiT predicts; default velocity'),
  times: z
    .enum(['uniform', 'lognormal'])
    .optional()
    .describe('How times of training are distributed in SiT; default lognormal'),
});

const dit = z.strictObject({
  schedule: z.enum(['linear', 'cosine']).optional().describe('Noise schedule of DiT; default linear'),
  minSnr: above0().describe(
    'Limit of the signal-to-noise ratio that weighs errors in DiT; default that nothing does',
  ),
  clipDenoised: above0().describe(
    'Bound of the latents that samplers of DiT estimate, in standard deviations of the data; default 6',
  ),
});

const mar = z.strictObject({
  headWidth: whole(1).optional().describe('Width of the diffusion head of MAR; default that of the preset'),
  headDepth: whole(1).optional().describe('Blocks of the diffusion head of MAR; default that of the preset'),
  buffer: whole(1).optional().describe('Tokens that tell the class in MAR; default 64'),
  attentionDropout: share().describe('Dropout of attention in MAR; default 0.1'),
  projectionDropout: share().describe('Dropout after projections in MAR; default 0.1'),
  leastMaskRatio: z
    .number()
    .gt(0)
    .lt(1)
    .optional()
    .describe('Least share of tokens that are masked in a step of MAR; default 0.7'),
  maskRatioDeviation: above0().describe(
    'Standard deviation of that share below all tokens, before it is cut off at the least; default 0.25',
  ),
  noisesPerToken: whole(1).optional().describe('Times a token is noised in a step of MAR; default 4'),
  headSteps: whole(1).optional().describe('Steps of the head for a token while MAR samples; default 100'),
  clipDenoised: above0().describe(
    'Bound of the tokens that samplers of MAR estimate, in standard deviations of the data; default 6',
  ),
});

/** The groups of fields that are for one kind only. */
const groups = { SiT: 'sit', DiT: 'dit', MAR: 'mar' } as const;

const model = z.strictObject({
  from: text()
    .optional()
    .describe(
      'Saved generator to begin with, a folder or a model on the hub; fields that are no sizes change its settings',
    ),
  kind: z
    .enum(['SiT', 'DiT', 'MAR'])
    .optional()
    .describe('Kind of generator; default SiT, or that of the saved one'),
  preset: z
    .enum(presetNames)
    .optional()
    .describe('Sizes of a published model of that kind, for what is not given; default the smallest'),
  width: whole(1).optional().describe('Width of the transformer; default that of the preset'),
  depth: whole(1)
    .optional()
    .describe('Blocks of the transformer (each of the two in MAR); default that of the preset'),
  heads: whole(1).optional().describe('Attention heads, which divide the width; default that of the preset'),
  patchSize: whole(1)
    .optional()
    .describe('Side of the patches that a grid of latents is cut into; default 1'),
  labelDropout: z
    .number()
    .gt(0)
    .lt(1)
    .optional()
    .describe('Share of the labels that are left out in training; default 0.1'),
  sit: sit.prefault({}),
  dit: dit.prefault({}),
  mar: mar.prefault({}),
});

/** The generator to train: a new one of a kind and sizes, or a saved one whose settings may be changed. */
export type GeneratorModelConfig = z.output<typeof model>;

export const generatorModelSchema = model
  .superRefine((config, context) => {
    const { from, kind = from === undefined ? 'SiT' : undefined, preset } = config;
    const refuse = (path: readonly string[], message: string): void =>
      context.addIssue({ code: 'custom', path: [...path], message });
    if (from !== undefined) {
      for (const path of sizesIn(config)) {
        refuse(
          path,
          'sizes are those of the saved generator; leave it out, or begin a new one without "from"',
        );
      }
    } else if (preset !== undefined && !preset.startsWith(`${kind!.toLowerCase()}-`)) {
      refuse(
        ['preset'],
        `${preset} is no preset of a ${kind}; it must be one of ${presetsOf(kind!).join(', ')}`,
      );
    }
    for (const [owner, group] of Object.entries(groups)) {
      if (owner === kind || Object.keys(config[group]).length === 0) continue;
      refuse([group], `it is for a ${owner} only; ${kind ? `the kind is ${kind}` : `say kind: ${owner}`}`);
    }
  })
  .prefault({});

/** Where fields are given that decide on the shapes of parameters. */
function sizesIn(config: GeneratorModelConfig): string[][] {
  const common = (['preset', 'width', 'depth', 'heads', 'patchSize'] as const)
    .filter((name) => config[name] !== undefined)
    .map((name) => [name]);
  const ofMAR = (['headWidth', 'headDepth', 'buffer'] as const)
    .filter((name) => config.mar[name] !== undefined)
    .map((name) => ['mar', name]);
  return [...common, ...ofMAR];
}

function presetsOf(kind: string): PresetName[] {
  return presetNames.filter((name) => name.startsWith(`${kind.toLowerCase()}-`));
}
