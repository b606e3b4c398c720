import type { Sampler } from '@softvq/core';
import { Compilations, type Compiled, type Lease, type Wanted } from '../sampling/compilations.js';
import { CompiledStep } from '../sampling/compiled-step.js';
import { executionKey, weightNames } from '../sampling/execution.js';
import { samplerSteps } from '../sampling/sample-latents.js';
import type { SamplePlan } from '../sampling/sample-plan.js';
import { compileTransformer, compileWriting, headNetwork } from './compiled-transformer.js';
import type { MAR } from './mar.js';
import type { CompiledLoop } from './token-loop.js';

/** What the loop runs, until it is released. */
export interface LeasedCompiled extends CompiledLoop {
  release(): Promise<void>;
}

/** What the loop of a generator runs, from earlier calls or compiled now. */
export async function leaseCompiled(
  mar: MAR,
  sampler: Sampler<'diffusion'>,
  { guidance, execution }: SamplePlan,
): Promise<LeasedCompiled> {
  const compilations = Compilations.of(mar);
  const other = guidance.model as MAR | undefined;
  const leases: Lease<Compiled>[] = [];
  const lease = async <C extends Compiled>(
    purpose: string,
    wanted: readonly Wanted<C>[],
  ): Promise<readonly C[]> => {
    const next = await compilations.lease(purpose, wanted);
    leases.push(next);
    return next.compiled;
  };
  // Weights are part of what is compiled: others need other code.
  const weights = [mar, other].map((each) => Object.values(each?.stateDict() ?? {}));
  const steps = Object.entries(samplerSteps(sampler, mar.process));
  const network = { network: headNetwork(mar), other: other && headNetwork(other) };
  const names = weightNames(mar, other);
  const networks = other === undefined ? [mar] : [mar, other];
  const [transformer, otherTransformer] = await lease(
    'transformer',
    networks.map((each, i) => ({
      key: [...executionKey(execution), ...weights[i]!],
      make: () => compileTransformer(each, names, execution),
    })),
  );
  const [write] = await lease('write', [
    {
      key: [execution.backend],
      make: () =>
        compileWriting(
          { patchSize: mar.patchSize, isGrid: mar.layout.side !== undefined },
          execution.backend,
        ),
    },
  ]);
  const headSteps = await lease(
    'head',
    steps.map(([, step]) => ({
      key: [step, ...executionKey(execution), ...weights.flat()],
      make: () => new CompiledStep({ step, network, names, execution }),
    })),
  );
  return {
    transformer: transformer!,
    otherTransformer,
    write: write!,
    headSteps: Object.fromEntries(steps.map(([name], i) => [name, headSteps[i]!])),
    release: async () => {
      for (const each of leases) await each.release();
    },
  };
}
