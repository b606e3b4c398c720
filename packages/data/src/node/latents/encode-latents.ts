import { ArgumentError, type HostTensor, ShapeError } from '@softvq/core';

/** Pictures `[batch, 3, size, size]` in [-1, 1] to latents `[batch, …latentShape]`, the same for the same picture. */
export type EncodeLatents = (images: HostTensor<'float32'>) => Promise<HostTensor<'float32'>>;

/** The latents of a batch. */
export interface EncodedBatch {
  /** `[batch, flips, …latentShape]` */
  readonly latents: Float32Array;
  readonly latentShape: readonly number[];
}

/**
 * Encodes a batch of pictures and, on request, their mirror images.
 *
 * @throws ShapeError if the result is not one latent for each picture, ArgumentError if it is not finite
 */
export async function encodeBatch(
  encode: EncodeLatents,
  images: HostTensor<'float32'>,
  flips: boolean,
): Promise<EncodedBatch> {
  const batch = images.shape[0]!;
  const views = flips ? [images, mirrorImages(images)] : [images];
  const results: HostTensor<'float32'>[] = [];
  for (const view of views) results.push(checkLatents(await encode(view), batch));
  const { shape } = results[0]!;
  if (results.some((each) => each.shape.join() !== shape.join())) {
    throw new ShapeError(
      `encode gave [${shape}] for pictures and [${results[1]!.shape}] for their mirror images`,
    );
  }
  const length = results[0]!.data.length / batch;
  const latents = new Float32Array(batch * views.length * length);
  for (let entry = 0; entry < batch; entry++) {
    for (const [flip, { data }] of results.entries()) {
      latents.set(
        data.subarray(entry * length, (entry + 1) * length),
        (entry * views.length + flip) * length,
      );
    }
  }
  return { latents, latentShape: shape.slice(1) };
}

function checkLatents(latents: HostTensor<'float32'>, batch: number): HostTensor<'float32'> {
  const { dtype, shape, data } = latents;
  const length = shape.reduce((product, size) => product * size, 1);
  if (
    dtype !== 'float32' ||
    shape.length < 2 ||
    shape[0] !== batch ||
    data.length !== length ||
    length === 0
  ) {
    throw new ShapeError(
      `encode must give float32 latents [${batch}, …] for ${batch} pictures, not ${dtype} [${shape}] of ${data.length} numbers`,
    );
  }
  if (!data.every(Number.isFinite)) {
    throw new ArgumentError('encode gave latents that are not finite; the tokenizer is damaged');
  }
  return latents;
}

function mirrorImages({ shape, data }: HostTensor<'float32'>): HostTensor<'float32'> {
  const width = shape[3]!;
  const mirrored = Float32Array.from(data);
  for (let row = 0; row < data.length; row += width) mirrored.subarray(row, row + width).reverse();
  return { dtype: 'float32', shape, data: mirrored };
}
