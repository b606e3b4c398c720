import { DiT } from '../dit.js';
import { MAR } from '../mar/mar.js';
import { SiT } from '../sit.js';
import { ditConfig, ditOptions } from './dit-config.js';
import { type GeneratorConfig, type GeneratorFields, parseGeneratorConfig } from './generator-config.js';
import { marConfig, marOptions } from './mar-config.js';
import { sitConfig, sitOptions } from './sit-config.js';

/** The generators of this library, which a `config.json` can describe. */
export type BuiltInGenerator = SiT | DiT | MAR;

/**
 * The generator that a config describes, with initial values. They are made when first needed, if ever.
 *
 * @throws ArgumentError, which says what to change, for a config that `parseGeneratorConfig` refuses.
 */
export function createGenerator(fields: GeneratorFields): BuiltInGenerator {
  const config = parseGeneratorConfig(fields);
  switch (config._class_name) {
    case 'SiT':
      return new SiT(sitOptions(config));
    case 'DiT':
      return new DiT(ditOptions(config));
    case 'MAR':
      return new MAR(marOptions(config));
  }
}

/** What a `config.json` says about a generator; `undefined` fields are left out of the file. */
export function configOf(generator: BuiltInGenerator): GeneratorConfig {
  if (generator instanceof SiT) return sitConfig(generator.options);
  if (generator instanceof DiT) return ditConfig(generator.options);
  return marConfig(generator.options);
}
