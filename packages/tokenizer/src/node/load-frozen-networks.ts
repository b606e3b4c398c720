import { FileFormatError } from '@softvq/core';
import type { TensorFile } from '@softvq/core/io';
import { openCheckpoint } from '@softvq/core/node';
import type { DinoFeatures, DinoFeaturesOptions } from '../losses/dino-features.js';
import { dinoAddress, dinoFromWeights } from '../losses/dino-weights.js';
import {
  type DinoV2Features,
  type DinoV2FeaturesOptions,
  dinoV2Address,
  dinoV2FromWeights,
} from '../losses/dinov2-features.js';
import type { Lpips } from '../losses/lpips.js';
import { lpipsAddresses, lpipsFromWeights } from '../losses/lpips-weights.js';

/** Files of weights, each PyTorch (.pth, .pt) or safetensors. */
export interface LpipsFiles {
  /** torchvision's `vgg16-397923af.pth`, or a file that has everything. */
  readonly vgg: string;
  /** `vgg.pth` of LPIPS v0.1: the five heads. Not needed where the first file has them. */
  readonly heads?: string;
}

/**
 * The perceptual distance with trained weights from files.
 *
 * @throws FileFormatError, saying where to get it, when a file is missing, or when it is malformed; StateDictError as
 * `lpipsFromWeights`.
 */
export async function loadLpips({ vgg, heads }: LpipsFiles): Promise<Lpips> {
  const files = [await openWeights(vgg, 'VGG-16', lpipsAddresses.vgg)];
  if (heads !== undefined) files.push(await openWeights(heads, "LPIPS's heads", lpipsAddresses.heads));
  return lpipsFromWeights(new Map(files.flatMap(({ tensors }) => [...tensors])));
}

/**
 * DINO with trained weights from `dino_deitsmall16_pretrain.pth` or the same in safetensors, for a discriminator.
 *
 * @throws FileFormatError, saying where to get it, when the file is missing, or when it is malformed; StateDictError as
 * `dinoFromWeights`.
 */
export async function loadDino(path: string, options: DinoFeaturesOptions = {}): Promise<DinoFeatures> {
  const { tensors } = await openWeights(path, "DINO's ViT-S/16", dinoAddress);
  return dinoFromWeights(tensors, options);
}

/**
 * DINOv2 with trained weights from a file, as published or timm's `model.safetensors`, as a target of alignment.
 *
 * @throws FileFormatError, saying where to get it, when the file is missing, or when it is malformed; StateDictError as
 * `dinoV2FromWeights`.
 */
export async function loadDinoV2Features(
  path: string,
  options: Pick<DinoV2FeaturesOptions, 'imageSize' | 'patchSize'>,
): Promise<DinoV2Features> {
  const { tensors } = await openWeights(path, 'DINOv2 (ViT-L, say)', dinoV2Address);
  return dinoV2FromWeights(tensors, options);
}

async function openWeights(path: string, what: string, address: string): Promise<TensorFile> {
  return openCheckpoint(path).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    throw new FileFormatError(
      path,
      `there is no such file; download the weights of ${what} at ${address}, and name the file`,
      { cause: error },
    );
  });
}
