import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile, fromHost, type Tensor } from '@softvq/core';
import { MAR, type MAROptions, presets } from '@softvq/generators';
import { fromPretrained, savePretrained } from '@softvq/generators/node';
import { BareProducts } from '../bare-rate.js';
import { reportGeneratorMemory } from '../generator-memory.js';
import { attentionFlopsOf, linearProductsOf } from '../graph-products.js';
import { reportLoopOverhead } from '../loop-overhead.js';
import { noise } from '../noise.js';
import { withRandomWeights } from '../random-weights.js';
import { reportShare } from '../report.js';
import { timeInTurn } from '../timing.js';

const name = 'MAR-B, 64 tokens';
/** Images that are drawn together. */
const batch = 8;
const rounds = 9;
const warmup = 2;

/** MAR-B with random weights, saved as official files and loaded from them. */
export async function benchMaskedSampling(
  threads: number,
  options: MAROptions = { ...presets['mar-b'], latentShape: [64, 32] },
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'softvq-bench-'));
  try {
    await savePretrained(withRandomWeights(new MAR(options)), folder);
    await reportGeneratorMemory(name, folder, threads);
    await rate((await fromPretrained(folder)) as MAR, threads);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A guided iteration, transformer and head, in the middle of a run that fills in one token at a time. */
async function rate(mar: MAR, threads: number): Promise<void> {
  const [tokens] = mar.latentShape as readonly [number, number];
  const middle = tokens / 2;
  // As many of the measured iterations come before the middle as after it.
  const start = middle - Math.floor((rounds + warmup) / 2);
  const iterations = await samplingUntil(mar, start);

  const networks = { transformer: transformerGraph(mar, middle), head: headGraph(mar) };
  const transformer = await bareGraph(networks.transformer, threads);
  const head = await bareGraph(networks.head, threads);
  const bareFlops = transformer.bare.flops + mar.headSteps * head.bare.flops;
  const { ours, engine } = await timeInTurn(
    {
      engine: {
        run: async () => {
          await transformer.bare.run();
          for (let step = 0; step < mar.headSteps; step++) await head.bare.run();
        },
        flops: bareFlops,
      },
      ours: { run: () => iterations.next(), flops: bareFlops + transformer.attention },
    },
    { rounds, warmup },
  );
  reportShare(
    `${name}: guided iteration of ${batch} images`,
    ours.gigaflops,
    engine.gigaflops,
    'GFLOP/s',
    0.85,
  );
  await Promise.all([iterations.return(), transformer.bare.dispose(), head.bare.dispose()]);

  const [wholeTransformer, wholeHead] = [running(networks.transformer), running(networks.head)];
  const again = await samplingUntil(mar, start);
  await reportLoopOverhead(
    name,
    async () => {
      await wholeTransformer.run();
      for (let step = 0; step < mar.headSteps; step++) await wholeHead.run();
    },
    () => again.next(),
    { rounds, warmup },
  );
  await Promise.all([again.return(), wholeTransformer.dispose(), wholeHead.dispose(), mar.dispose()]);
}

/** A run that has done so many iterations. */
async function samplingUntil(mar: MAR, iterations: number) {
  const [tokens] = mar.latentShape as readonly [number, number];
  const sampling = mar.sample({
    labels: Array.from({ length: batch }, (_, i) => i),
    steps: tokens,
    guidance: { scale: 2.9, schedule: 'linear' },
  });
  for (let i = 0; i < iterations; i++) await sampling.next();
  return sampling;
}

interface Traced<Input> {
  readonly network: (input: Input) => Tensor;
  readonly input: Input;
}

/** The network as it is, called again and again with the same input. */
function running<Input>({ network, input }: Traced<Input>) {
  const compiled = compile((each: Input) => ({ y: network(each) }));
  return {
    run: async (): Promise<void> => (await compiled(input)).y.dispose(),
    dispose: () => compiled.dispose(),
  };
}

async function bareGraph<Input>({ network, input }: Traced<Input>, threads: number) {
  const compiled = compile(network);
  const graph = await compiled.graph(input);
  await compiled.dispose();
  const bare = await BareProducts.create(linearProductsOf(graph), { threads, returned: false });
  return { bare, attention: attentionFlopsOf(graph) };
}

function transformerGraph(mar: MAR, known: number) {
  const [tokens, channels] = mar.latentShape as readonly [number, number];
  const rows = 2 * batch;
  const input = {
    tokens: floats([batch, tokens, channels]),
    images: integers([rows], (i) => i % batch),
    labels: integers([rows], () => 0),
    known: integers([rows, known], (i) => i % known),
    places: integers([rows, tokens], (i) => (i % tokens < known ? 1 + (i % tokens) : 0)),
  };
  return {
    input,
    network: ({ places, ...call }: typeof input) => mar.decode({ encoded: mar.encode(call), places }),
  };
}

function headGraph(mar: MAR) {
  const [, channels] = mar.latentShape as readonly [number, number];
  const rows = 2 * batch;
  const input = {
    latents: floats([rows, channels]),
    time: fromHost({ dtype: 'float32', shape: [], data: Float32Array.of(500) }),
    conditions: floats([rows, mar.options.decoder.width]),
  };
  return {
    input,
    network: ({ latents, time, conditions }: typeof input) =>
      mar.diffloss.net.forward(latents, time, conditions),
  };
}

function floats(shape: readonly number[]): Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  return fromHost({ dtype: 'float32', shape, data: noise(count, 1) });
}

function integers(shape: readonly number[], value: (i: number) => number): Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  return fromHost({ dtype: 'int32', shape, data: Int32Array.from({ length: count }, (_, i) => value(i)) });
}
