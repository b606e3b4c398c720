import { type Backend, compile, fromStored, type Tensor, valueAndGrad } from '@softvq/core';
import { type ByteSource, openSafetensors } from '@softvq/core/io';
import type { TensorRecord } from '@softvq/core/nn';
import { entropyLoss, SoftVQ } from '@softvq/tokenizer';
import { relativeError } from './relative-error.js';

/** A figure of a golden file as a backend computes it. */
export interface GoldenFigure {
  readonly name: string;
  /** ‖a − b‖ / ‖b‖ for what is computed (a) and expected (b). */
  readonly error: number;
  readonly kind: 'output' | 'gradient';
}

export interface GoldenOutcome {
  readonly figures: readonly GoldenFigure[];
  /** How many indices of the codebooks differ. */
  readonly wrongIndices: number;
}

/** The tokenizer of the file, with its weights, and the file's tensors. */
export async function openSoftVQGolden(file: ByteSource) {
  const { tensors, metadata } = await openSafetensors(file);
  const stored = (key: string) => fromStored(tensors.get(key)!);
  const group = (prefix: string) =>
    new Map(
      [...tensors.keys()].flatMap((key) =>
        key.startsWith(prefix) ? [[key.slice(prefix.length), stored(key)] as const] : [],
      ),
    );
  const model = new SoftVQ(optionsOf(JSON.parse(metadata['config']!) as Record<string, number>));
  model.loadStateDict(group('weight.'));
  return { model, images: stored('input.image'), stored, group };
}

/** Computes every figure of `tokenizer/softvq`: forward, indices, losses and all gradients. */
export async function runSoftVQGolden(backend: Backend, file: ByteSource): Promise<GoldenOutcome> {
  const { model, images, stored, group } = await openSoftVQGolden(file);

  const forward = compile(
    ({ images }: { images: Tensor }) => {
      const encoded = model.encoder.forward(images);
      const beforeQuantizer = model.quant_conv.forward(encoded);
      const quantized = model.quantize.forward(beforeQuantizer);
      return {
        outputs: [encoded, beforeQuantizer, quantized.latents, model.decode(quantized.latents)],
        indices: model.quantize.indices(quantized),
      };
    },
    { backend },
  );
  const { outputs, indices } = await forward({ images });
  const train = compile(
    ({ parameters, images }: { parameters: TensorRecord; images: Tensor }) =>
      valueAndGrad((given: TensorRecord) => {
        const copy = model.with(given);
        const quantized = copy.quantized(images);
        const mse = copy.decode(quantized.latents).sub(images).square().mean();
        const entropy = entropyLoss(quantized.logits).mul(0.01);
        return [mse.add(entropy), { mse, entropy }] as const;
      })(parameters),
    { backend },
  );
  const { value, auxiliary, gradient } = await train({ parameters: model.parameters(), images });

  const figures: GoldenFigure[] = [];
  const compare = async (name: string, actual: Tensor, kind: GoldenFigure['kind'] = 'output') => {
    figures.push({ name, kind, error: await relativeError(actual, stored(name)) });
  };
  for (const [i, name] of ['encoder', 'pre_quant', 'latent', 'image'].entries())
    await compare(`output.${name}`, outputs[i]!);
  await compare('train.mse', auxiliary.mse);
  await compare('train.entropy_loss', auxiliary.entropy);
  await compare('train.loss', value);
  for (const name of group('grad.').keys()) await compare(`grad.${name}`, gradient[name]!, 'gradient');
  return { figures, wrongIndices: await countWrong(indices, stored('output.indices')) };
}

function optionsOf(config: Record<string, number>): ConstructorParameters<typeof SoftVQ>[0] {
  const trunk = { width: config['dim']!, depth: config['depth']!, heads: config['heads']! };
  return {
    imageSize: config['img']!,
    patchSize: config['p']!,
    latentTokens: config['L']!,
    latentWidth: config['e']!,
    encoder: trunk,
    decoder: trunk,
    codebooks: config['nc']!,
    codebookSize: config['K']!,
    temperature: config['tau']!,
    normalized: true,
  };
}

/** The file has the indices computed as (codebooks, batch · segment) and merely re-viewed as (batch, codebooks, segment). */
async function countWrong(actual: Tensor, expected: Tensor): Promise<number> {
  const [batch, codebooks, segment] = expected.shape.map(Number) as [number, number, number];
  const [got, wanted] = await Promise.all(
    [actual, expected].map(async (each) => Array.from((await each.host()).data, Number)),
  );
  return got!.filter((index, i) => {
    const [image, codebook] = [Math.floor(i / (codebooks * segment)), Math.floor(i / segment) % codebooks];
    return index !== wanted![(codebook * batch + image) * segment + (i % segment)];
  }).length;
}
