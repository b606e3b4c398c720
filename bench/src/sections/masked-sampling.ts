import { compile, fromHost, type Tensor } from '@softvq/core';
import { MAR, type MAROptions, presets } from '@softvq/generators';
import { BareProducts } from '../bare-rate.js';
import { attentionFlopsOf, linearProductsOf } from '../graph-products.js';
import { noise } from '../noise.js';
import { withRandomWeights } from '../random-weights.js';
import { reportShare } from '../report.js';
import { timeInTurn } from '../timing.js';

/** Images that are drawn together. */
const batch = 8;
const rounds = 9;
const warmup = 2;

/** One guided iteration of MAR-B, transformer and head, in the middle of a run that fills in one token at a time. */
export async function benchMaskedSampling(
  threads: number,
  options: MAROptions = { ...presets['mar-b'], latentShape: [64, 32] },
): Promise<void> {
  const mar = withRandomWeights(new MAR(options));
  const [tokens] = mar.latentShape as readonly [number, number];
  const middle = tokens / 2;
  const sampling = mar.sample({
    labels: Array.from({ length: batch }, (_, i) => i),
    steps: tokens,
    guidance: { scale: 2.9, schedule: 'linear' },
  });
  for (let event = 0; event < middle - (rounds + warmup) / 2; event++) await sampling.next();

  const transformer = await bareGraph(transformerGraph(mar, middle), threads);
  const head = await bareGraph(headGraph(mar), threads);
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
      ours: { run: () => sampling.next(), flops: bareFlops + transformer.attention },
    },
    { rounds, warmup },
  );
  reportShare(
    `MAR, ${batch} images of ${tokens} tokens: guided iteration`,
    ours.gigaflops,
    engine.gigaflops,
    'GFLOP/s',
    0.85,
  );
  await sampling.return();
  await Promise.all([transformer.bare.dispose(), head.bare.dispose(), mar.dispose()]);
}

interface Traced<Input> {
  readonly network: (input: Input) => Tensor;
  readonly input: Input;
}

async function bareGraph<Input>({ network, input }: Traced<Input>, threads: number) {
  const compiled = compile(network);
  const graph = await compiled.graph(input);
  await compiled.dispose();
  const bare = await BareProducts.create(linearProductsOf(graph), { threads });
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
