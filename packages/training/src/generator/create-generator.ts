import { ArgumentError } from '@softvq/core';
import { DiT, type LoadableGenerator, MAR, type PresetName, presets, SiT } from '@softvq/generators';
import { fromPretrained } from '@softvq/generators/node';
import type { GeneratorTrainingConfig } from '../config/generator-config.js';
import type { GeneratorModelConfig } from '../config/generator-model.js';

type LatentShape = readonly [number, number] | readonly [number, number, number];

/** Sizes as presets have them. */
interface Sizes {
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
}

/** Bound of estimated latents, in standard deviations of the data: further out than they lie. */
const usualBound = 6;

/**
 * The generator that a configuration asks for, before training.
 *
 * @param classes of the data set; at least 1.
 * @throws ArgumentError for sizes that do not fit together, and for a saved generator of another kind.
 */
export async function createModel(
  { model, seed }: GeneratorTrainingConfig,
  latentShape: readonly number[],
  classes: number,
): Promise<LoadableGenerator> {
  if (model.from !== undefined) return withSettings(await fromPretrained(model.from), model);
  const { kind = 'SiT', preset, patchSize, labelDropout } = model;
  const common = {
    latentShape: latentShape as LatentShape,
    classes,
    seed,
    ...given({ patchSize, labelDropout }),
  };
  switch (kind) {
    case 'SiT':
      return new SiT({
        ...common,
        ...sizesOf(model, presets[preset ?? 'sit-s'] as Sizes),
        ...given(model.sit),
      });
    case 'DiT':
      return new DiT({
        ...common,
        ...sizesOf(model, presets[preset ?? 'dit-s'] as Sizes),
        clipDenoised: usualBound,
        ...given(model.dit),
      });
    case 'MAR': {
      const { headWidth, headDepth, ...settings } = model.mar;
      const { encoder, decoder, head } = presets[marPreset(preset)];
      return new MAR({
        ...common,
        clipDenoised: usualBound,
        ...given(settings),
        encoder: sizesOf(model, encoder),
        decoder: sizesOf(model, decoder),
        head: { width: headWidth ?? head.width, depth: headDepth ?? head.depth },
      });
    }
  }
}

/** The saved generator, with the settings that the configuration gives in place of its own. */
function withSettings(saved: LoadableGenerator, model: GeneratorModelConfig): LoadableGenerator {
  const { from, kind, labelDropout, sit, dit, mar } = model;
  if (kind !== undefined && saved.name !== kind) {
    throw new ArgumentError(`model.kind: ${from} holds a ${saved.name}, not a ${kind}`);
  }
  const settings = Object.keys(given({ labelDropout, ...sit, ...dit, ...mar }));
  if (settings.length === 0) return saved;
  if (saved instanceof SiT) {
    return new SiT({ ...saved.options, ...given({ labelDropout, ...sit }) }).with(saved.stateDict());
  }
  if (saved instanceof DiT) {
    return new DiT({ ...saved.options, ...given({ labelDropout, ...dit }) }).with(saved.stateDict());
  }
  if (saved instanceof MAR) {
    return new MAR({ ...saved.options, ...given({ labelDropout, ...mar }) }).with(saved.stateDict());
  }
  throw new ArgumentError(
    `model: ${from} holds a ${saved.name}, whose settings cannot be changed; leave out ${settings.join(', ')}`,
  );
}

function sizesOf({ width, depth, heads }: GeneratorModelConfig, preset: Sizes): Sizes {
  return { width: width ?? preset.width, depth: depth ?? preset.depth, heads: heads ?? preset.heads };
}

function marPreset(name: PresetName | undefined): 'mar-b' | 'mar-l' | 'mar-h' {
  return name === 'mar-l' || name === 'mar-h' ? name : 'mar-b';
}

/** The fields that are not left out. */
function given<Fields extends object>(fields: Fields): Given<Fields> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Given<Fields>;
}

type Given<Fields> = { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> };
