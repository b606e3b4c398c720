import { type Backend, type CompiledFunction, compile, type HostTensor, type Tensor } from '@softvq/core';
import { floatsToPictures, type Picture, pictureGrid } from '@softvq/data';
import type { LoadableGenerator } from '@softvq/generators';
import type { LoadableTokenizer } from '@softvq/tokenizer';

const gridColumns = 8;

export interface SampleGridOptions {
  /** A class for each picture. */
  readonly labels: readonly number[];
  readonly seed: number;
  readonly steps: number;
  readonly guidance: number;
  readonly batchSize: number;
  readonly signal: AbortSignal | undefined;
}

/** Draws pictures with generators whose latents a tokenizer decodes. */
export class SampleGrid {
  readonly #backend: Backend;
  readonly #decode: CompiledFunction<{ readonly latents: Tensor }, Tensor>;

  constructor(tokenizer: LoadableTokenizer, backend: Backend) {
    this.#backend = backend;
    this.#decode = compile(({ latents }: { latents: Tensor }) => tokenizer.decodeNormalized(latents), {
      backend,
      dynamic: { latents: ['batch'] },
    });
  }

  /** One picture that shows all. The generator is freed of what sampling compiled. */
  async draw(generator: LoadableGenerator, options: SampleGridOptions): Promise<Picture> {
    const { labels, seed, guidance, batchSize, signal } = options;
    // Generators of tokens take at most a step for each.
    const steps =
      generator.name === 'MAR' ? Math.min(options.steps, generator.latentShape[0]!) : options.steps;
    const pictures: Picture[] = [];
    try {
      for (let first = 0; first < labels.length; first += batchSize) {
        const events = generator.sample({
          labels: labels.slice(first, first + batchSize),
          firstIndex: first,
          seed,
          steps,
          guidance: { scale: guidance },
          backend: this.#backend,
          ...(signal && { signal }),
        });
        for await (const event of events) {
          if (event.type === 'done') pictures.push(...(await this.#decoded(event.latents)));
        }
      }
    } finally {
      await generator.dispose();
    }
    const rows = Array.from({ length: Math.ceil(pictures.length / gridColumns) }, (_, row) =>
      pictures.slice(row * gridColumns, (row + 1) * gridColumns),
    );
    return pictureGrid(rows);
  }

  dispose(): Promise<void> {
    return this.#decode.dispose();
  }

  async #decoded(latents: Tensor): Promise<Picture[]> {
    const images = await this.#decode({ latents });
    const { data, shape } = (await images.host()) as HostTensor<'float32'>;
    latents.dispose();
    images.dispose();
    return floatsToPictures(data, shape);
  }
}
