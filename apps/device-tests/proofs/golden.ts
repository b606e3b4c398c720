import type { Backend } from '@softvq/core';
import type { ByteSource } from '@softvq/core/io';
import { runSoftVQGolden } from '../../../packages/backends/test/golden/softvq.js';
import {
  ditLossFigures,
  ditSamplingFigure,
  goldenDiT,
} from '../../../packages/generators/test/golden/dit.js';
import { figuresOff, type GoldenFigure } from '../../../packages/generators/test/golden/figure.js';
import { type Golden, readGolden } from '../../../packages/generators/test/golden/golden-file.js';
import {
  goldenMAR,
  marLossFigures,
  marNetworkFigures,
  marSamplingFigure,
} from '../../../packages/generators/test/golden/mar.js';
import { networkFigure } from '../../../packages/generators/test/golden/network.js';
import {
  goldenSiT,
  samplerCases,
  sitLossFigures,
  sitSamplingFigures,
} from '../../../packages/generators/test/golden/sit.js';

/** What came of comparing with golden vectors. */
export interface GoldenOutcome {
  /** How many were compared. */
  readonly figures: number;
  /** Those out of tolerance. */
  readonly off: readonly GoldenFigure[];
}

type Proof = (backend: Backend, fixture: (path: string) => Promise<ByteSource>) => Promise<GoldenFigure[]>;

/** A proof that reads one file of generators. */
const of =
  (file: string, run: (golden: Golden, backend: Backend) => Promise<GoldenFigure[]>): Proof =>
  async (backend, fixture) =>
    run(await readGolden(await fixture(`golden/generators/${file}.safetensors`)), backend);

/** The first case of `sit-samplers` that is of this kind and guided. */
const sampled = (kind: 'ode' | 'sde'): Proof =>
  of('sit-samplers', (golden, backend) => {
    const number = samplerCases(golden).findIndex(({ mode, cfg }) => mode === kind && cfg > 1);
    return sitSamplingFigures(golden, [number], backend);
  });

const proofs = {
  'tokenizer/softvq': async (backend, fixture) => {
    const outcome = await runSoftVQGolden(backend, await fixture('golden/tokenizer/softvq.safetensors'));
    if (outcome.wrongIndices > 0) throw new Error(`${outcome.wrongIndices} indices are wrong`);
    return [...outcome.figures];
  },
  'generators/sit': of('sit', async (golden, backend) => {
    const call = { time: golden.tensor('input.t'), output: 'output.velocity' };
    return [
      await networkFigure(goldenSiT(golden), golden, call, backend),
      ...(await sitLossFigures(golden, { path: 'linear', times: 'lognormal' }, backend)),
      ...(await sitLossFigures(golden, { path: 'cosine', times: 'uniform' }, backend)),
    ];
  }),
  'generators/dit': of('dit', async (golden, backend) => {
    const call = { time: await golden.integers('input.t'), output: 'output.model' };
    return [
      await networkFigure(goldenDiT(golden), golden, call, backend),
      ...(await ditLossFigures(golden, 'linear', backend)),
    ];
  }),
  'generators/mar': of('mar', async (golden, backend) => [
    ...(await marNetworkFigures(goldenMAR(golden), golden, backend)),
    ...(await marLossFigures(golden, backend)).figures,
    await marSamplingFigure(golden, 3, backend),
  ]),
  'sampling by euler': sampled('ode'),
  'sampling by euler-maruyama': sampled('sde'),
  'ancestral sampling': of('dit', async (golden, backend) => [
    await ditSamplingFigure(golden, { schedule: 'linear', respacing: '10' }, backend),
  ]),
} satisfies Record<string, Proof>;

export type GoldenProof = keyof typeof proofs;

export const goldenProofs = Object.keys(proofs) as readonly GoldenProof[];

/** Computes golden vectors; errors may be `slack` times those that are asked of the CPU. */
export async function runGolden(
  proof: GoldenProof,
  backend: Backend,
  fixture: (path: string) => Promise<ByteSource>,
  slack: number,
): Promise<GoldenOutcome> {
  const figures = await proofs[proof](backend, fixture);
  return { figures: figures.length, off: figuresOff(figures, slack) };
}
