import type { AnyGenerator } from '@softvq/core';
import { samplerNames } from '../registry/samplers.js';
import { type Check, checksOf } from './check.js';
import { expectThat } from './drawn.js';
import type { GeneratorSubject } from './generator-options.js';

/** That it says of itself what others rely on. */
export function generatorContract<G extends AnyGenerator>(): Check<GeneratorSubject<G>>[] {
  return checksOf<GeneratorSubject<G>>('contract', {
    'what it says of itself': async ({ create }) => {
      const { specVersion, name, processKind, latentShape, classes } = await create();
      expectThat(specVersion === 1, `specVersion is ${String(specVersion)} and must be 1`);
      expectThat(typeof name === 'string' && name !== '', 'it needs a name');
      expectThat(
        samplerNames(processKind).length > 0,
        `processKind is "${String(processKind)}" and must be "diffusion" or "interpolant"`,
      );
      const whole = (each: number): boolean => Number.isSafeInteger(each) && each > 0;
      expectThat(latentShape.length > 0 && latentShape.every(whole), `latentShape is [${latentShape}]`);
      expectThat(whole(classes), `classes is ${classes}`);
    },

    'parameters are part of the state dictionary': async ({ create }) => {
      const generator = await create();
      const state = generator.stateDict();
      const lost = Object.entries(generator.parameters()).filter(([name, each]) => state[name] !== each);
      expectThat(lost.length === 0, `the state dictionary lacks ${lost.map(([name]) => name).join(', ')}`);
    },
  });
}
