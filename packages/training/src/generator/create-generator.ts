import { DiT, type LoadableGenerator, MAR, type PresetName, presets, SiT } from '@softvq/generators';
import { fromPretrained } from '@softvq/generators/node';
import type { GeneratorTrainingConfig } from '../config/generator-config.js';

type LatentShape = readonly [number, number] | readonly [number, number, number];

/** Sizes as presets have them. */
interface Sizes {
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
}

/**
 * The generator that a configuration asks for, before training.
 *
 * @param classes of the data set; at least 1.
 * @throws ArgumentError for sizes that do not fit together.
 */
export async function createModel(
  { model, seed }: GeneratorTrainingConfig,
  latentShape: readonly number[],
  classes: number,
): Promise<LoadableGenerator> {
  if (model.from !== undefined) return fromPretrained(model.from);
  const common = {
    latentShape: latentShape as LatentShape,
    patchSize: model.patchSize,
    classes,
    labelDropout: model.labelDropout,
    seed,
  };
  switch (model.kind) {
    case 'SiT':
      return new SiT({
        ...common,
        ...sizesOf(model, presets[model.preset ?? 'sit-s'] as Sizes),
        ...model.sit,
      });
    case 'DiT': {
      const { minSnr, ...settings } = model.dit;
      return new DiT({
        ...common,
        ...sizesOf(model, presets[model.preset ?? 'dit-s'] as Sizes),
        ...settings,
        ...(minSnr !== undefined && { minSnr }),
      });
    }
    case 'MAR': {
      const { headWidth, headDepth, ...settings } = model.mar;
      const { encoder, decoder, head } = presets[marPreset(model.preset)];
      return new MAR({
        ...common,
        ...settings,
        encoder: sizesOf(model, encoder),
        decoder: sizesOf(model, decoder),
        head: { width: headWidth ?? head.width, depth: headDepth ?? head.depth },
      });
    }
  }
}

function sizesOf({ width, depth, heads }: GeneratorTrainingConfig['model'], preset: Sizes): Sizes {
  return { width: width ?? preset.width, depth: depth ?? preset.depth, heads: heads ?? preset.heads };
}

function marPreset(name: PresetName | undefined): 'mar-b' | 'mar-l' | 'mar-h' {
  return name === 'mar-l' || name === 'mar-h' ? name : 'mar-b';
}
