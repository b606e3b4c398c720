import {
  type Backend,
  compile,
  type RandomSource,
  type SampleEvent,
  type Tensor,
  tensor,
} from '@softvq/core';
import { MAR } from '../../src/mar/mar.js';
import type { MAROptions } from '../../src/mar/mar-options.js';
import type { MaskedTransformer } from '../../src/mar/masked-transformer.js';
import { knownTokens } from '../../src/mar/masking.js';
import { figure, type GoldenFigure } from './figure.js';
import type { Golden } from './golden-file.js';
import { lossAndGradients } from './training.js';

interface SamplingCase {
  readonly cfg: number;
  readonly cfg_schedule: 'linear' | 'constant';
  readonly temperature: number;
  readonly num_iter: number;
  readonly labels: boolean;
}

/** The MAR that the golden file describes. */
export function goldenMAROptions({ config }: Golden): MAROptions {
  const transformer = (part: string) => ({
    width: config[`${part}_embed_dim`]!,
    depth: config[`${part}_depth`]!,
    heads: config[`${part}_num_heads`]!,
  });
  return {
    latentShape: [config['seq_len']!, config['vae_embed_dim']!],
    encoder: transformer('encoder'),
    decoder: transformer('decoder'),
    head: { width: config['diffloss_w']!, depth: config['diffloss_d']! },
    buffer: config['buffer_size']!,
    classes: config['class_num']!,
    labelDropout: config['label_drop_prob']!,
    attentionDropout: config['attn_dropout']!,
    projectionDropout: config['proj_dropout']!,
    noisesPerToken: config['diffusion_batch_mul']!,
    headSteps: Number(config['num_sampling_steps']),
  };
}

/** The same with its weights. */
export function goldenMAR(golden: Golden): MAR {
  const mar = new MAR(goldenMAROptions(golden));
  mar.loadStateDict(golden.group('weight.'));
  return mar;
}

/** The rows of a golden tensor of whole numbers. */
export async function goldenRows(golden: Golden, name: string): Promise<Int32Array[]> {
  const { data, shape } = await golden.tensor(name).host();
  const [rows, length] = shape as [number, number];
  const numbers = Int32Array.from(data, Number);
  return Array.from({ length: rows }, (_, row) => numbers.slice(row * length, (row + 1) * length));
}

interface Call {
  readonly tokens: Tensor;
  readonly images: Tensor;
  readonly labels: Tensor;
  readonly known: Tensor;
  readonly places: Tensor;
}

/** The encoder, the decoder and the diffusion head. */
export async function marNetworkFigures(
  network: Pick<MaskedTransformer, 'encode' | 'decode' | 'diffloss'>,
  golden: Golden,
  backend: Backend,
): Promise<GoldenFigure[]> {
  const orders = await goldenRows(golden, 'input.orders');
  const masks = await goldenRows(golden, 'input.mask');
  const masked = masks[0]!.filter((each) => each === 1).length;
  const run = compile(
    ({ places, ...call }: Call) => {
      const encoded = network.encode(call);
      return { encoded, decoded: network.decode({ encoded, places }) };
    },
    { backend },
  );
  const { encoded, decoded } = await run({
    tokens: golden.tensor('input.tokens'),
    images: tensor(Int32Array.of(0, 1, 2)),
    labels: await golden.integers('input.labels'),
    ...knownTokens(orders, masked),
  });
  const head = compile(
    ({ x, t, c }: { x: Tensor; t: Tensor; c: Tensor }) => network.diffloss.net.forward(x, t, c),
    { backend },
  );
  const predicted = await head({
    x: golden.tensor('head.x'),
    t: await golden.integers('head.t'),
    c: golden.tensor('head.c'),
  });
  const figures = [
    await figure('output.encoder', 'output', encoded, golden.tensor('output.encoder')),
    await figure('output.z', 'output', decoded, golden.tensor('output.z')),
    await figure('head.output', 'output', predicted, golden.tensor('head.output')),
  ];
  await Promise.all([run.dispose(), head.dispose()]);
  return figures;
}

/** The loss from the recorded draws and its gradients, and the parameters whose gradient the file does not have. */
export async function marLossFigures(
  golden: Golden,
  backend: Backend,
): Promise<{ readonly figures: GoldenFigure[]; readonly unlearned: ReadonlyMap<string, Tensor> }> {
  const mar = goldenMAR(golden);
  const orders = await goldenRows(golden, 'input.orders');
  const [mask] = await goldenRows(golden, 'input.mask');
  const ratio = mask!.filter((each) => each === 1).length / mask!.length;
  const [timesteps, noise] = (await golden.draws('loss.')) as [BigInt64Array, Float32Array];
  let next = 0;
  const recorded: RandomSource = {
    permutation: () => orders[next++]!,
    truncatedNormal: () => Float32Array.of(ratio),
    // No label was dropped.
    uniform: (count) => new Float32Array(count).fill(1),
    integers: (count, { high }) =>
      high === 1000 ? Int32Array.from(timesteps, Number) : new Int32Array(count),
    normal: () => noise,
  };
  const batch = {
    latents: golden.tensor('input.tokens'),
    labels: await golden.integers('input.labels'),
    draws: mar.drawLoss(3, recorded),
  };
  const { value, gradient } = await lossAndGradients(mar, batch, backend);
  const figures = [await figure('loss.value', 'output', value, golden.tensor('loss.value'))];
  const expected = golden.group('loss.grad.');
  for (const [name, each] of expected) {
    figures.push(await figure(`loss.grad.${name}`, 'gradient', gradient[name]!, each));
  }
  const unlearned = new Map(Object.entries(gradient).filter(([name]) => !expected.has(name)));
  return { figures, unlearned };
}

/** One of the sampling loops. */
export async function marSamplingFigure(
  golden: Golden,
  number: number,
  backend: Backend,
): Promise<GoldenFigure> {
  const mar = goldenMAR(golden);
  const each = (JSON.parse(golden.metadata['sample_cases']!) as readonly SamplingCase[])[number]!;
  const labels = Array.from((await golden.tensor('input.labels').host()).data, Number);
  const sources = await recordedSources(golden, `sample${number}.`, mar.headSteps);
  const latents = await latentsOf(
    mar.sample({
      labels: each.labels ? labels : labels.map(() => null),
      steps: each.num_iter,
      guidance: { scale: each.cfg, schedule: each.cfg_schedule },
      temperature: each.temperature,
      random: (index) => sources[index]!,
      backend,
    }),
  );
  const name = `sample${number}.output`;
  const result = await figure(name, 'loop', latents, golden.tensor(name));
  await mar.dispose();
  return result;
}

/** What sampling ends in. */
export async function latentsOf(events: AsyncIterable<SampleEvent>): Promise<Tensor> {
  for await (const event of events) if (event.type === 'done') return event.latents;
  throw new Error('there was no last event');
}

/** The numbers that a sampling loop of the reference drew, as the streams of its images. */
async function recordedSources(golden: Golden, prefix: string, headSteps: number): Promise<RandomSource[]> {
  const channels = golden.config['vae_embed_dim']!;
  const orders = await goldenRows(golden, `${prefix}orders`);
  const draws = await golden.draws(prefix);
  return orders.map((order, image) => {
    let next = 0;
    const normal = (count: number): Float32Array => {
      // Each iteration drew noise to start from and some for every step, of which the last is not used.
      if (next % (headSteps + 1) === headSteps) next += 1;
      const numbers = (draws[next++] as Float32Array).slice(image * count, (image + 1) * count);
      if (numbers.length !== count || count % channels !== 0) {
        throw new Error(`${count} normal numbers are wanted and ${numbers.length} were recorded`);
      }
      return numbers;
    };
    const unused = (): never => {
      throw new Error('sampling draws orders and normal numbers only');
    };
    return {
      permutation: () => order,
      normal,
      uniform: unused,
      truncatedNormal: unused,
      integers: unused,
    };
  });
}
