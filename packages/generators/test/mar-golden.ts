import type { MAROptions } from '../src/mar/mar-options.js';
import type { Golden } from './golden.js';

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

/** The rows of a golden tensor of whole numbers. */
export async function goldenRows(golden: Golden, name: string): Promise<Int32Array[]> {
  const { data, shape } = await golden.tensor(name).host();
  const [rows, length] = shape as [number, number];
  const numbers = Int32Array.from(data, Number);
  return Array.from({ length: rows }, (_, row) => numbers.slice(row * length, (row + 1) * length));
}
