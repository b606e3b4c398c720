import { compile, type Tensor } from '@softvq/core';
import { presets as generatorPresets, SiT } from '@softvq/generators';
import { ConvolutionalKL, convolutionalMultipliers, presets, SoftVQ } from '@softvq/tokenizer';
import { withRandomWeights } from '../random-weights.js';
import { reportQuantity } from '../report.js';

/** Guided Euler–Maruyama steps of every image. */
const steps = 50;

/** What decodes latents, and what made them. */
interface Pairing {
  readonly name: string;
  readonly generator: () => SiT;
  readonly decoder: () => SoftVQ | ConvolutionalKL;
}

/**
 * Images a second with few one-dimensional tokens against the usual grid, at two sizes: the same network, sampler and
 * steps, with random weights, one image at a time. Every image is drawn from noise to pixels; nothing is extrapolated.
 */
export async function benchThroughput(): Promise<void> {
  await compare(256, [grid(256), tokens('softvq-l-64', [64, 32]), tokens('softvq-l-32', [32, 64])]);
  await compare(512, [grid(512), tokens('softvq-bl-64-512', [64, 32]), tokens('softvq-l-32-512', [32, 64])]);
}

function tokens(preset: keyof typeof presets, latentShape: readonly [number, number]): Pairing {
  return {
    name: `SiT-XL/1 on ${latentShape[0]} tokens and ${preset}`,
    generator: () => new SiT({ ...generatorPresets['sit-xl'], latentShape }),
    decoder: () => new SoftVQ(presets[preset]),
  };
}

function grid(imageSize: number): Pairing {
  const side = imageSize / 8;
  return {
    name: `SiT-XL/2 on ${side} × ${side} × 4 (${(side / 2) ** 2} tokens) and the convolutional KL`,
    generator: () => new SiT({ ...generatorPresets['sit-xl/2'], latentShape: [4, side, side] }),
    decoder: () =>
      new ConvolutionalKL({ imageSize, latentChannels: 4, multipliers: convolutionalMultipliers[8] }),
  };
}

async function compare(imageSize: number, pairings: readonly Pairing[]): Promise<void> {
  let first: number | undefined;
  for (const pairing of pairings) {
    const { sampling, decoding } = await secondsOfImage(pairing);
    const rate = 1 / (sampling + decoding);
    first ??= rate;
    reportQuantity(
      `${imageSize} px, ${steps} guided steps: ${pairing.name}`,
      `${rate.toPrecision(3)} images/s (${sampling.toFixed(1)} s to sample, ${decoding.toFixed(2)} s to decode), ${(rate / first).toFixed(1)} ×`,
      '',
    );
  }
}

async function secondsOfImage({
  generator,
  decoder,
}: Pairing): Promise<{ sampling: number; decoding: number }> {
  const model = withRandomWeights(generator());
  const draw = async (count: number): Promise<Tensor> => {
    const options = { labels: [207], steps: count, sampler: 'euler-maruyama', guidance: { scale: 1.75 } };
    for await (const event of model.sample(options)) if (event.type === 'done') return event.latents;
    throw new Error('sampling ended without latents');
  };
  // Compiles, and is not counted.
  (await draw(2)).dispose();
  const start = performance.now();
  const latents = await draw(steps);
  const sampling = (performance.now() - start) / 1000;
  await model.dispose();
  const tokenizer = withRandomWeights(decoder());
  const decode = compile(({ latents }: { latents: Tensor }) => ({ images: tokenizer.decode(latents) }));
  (await decode({ latents })).images.dispose();
  const decodingStart = performance.now();
  const { images } = await decode({ latents });
  await images.data();
  const decoding = (performance.now() - decodingStart) / 1000;
  images.dispose();
  await decode.dispose();
  return { sampling, decoding };
}
