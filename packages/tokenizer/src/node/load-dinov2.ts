import { FileFormatError } from '@softvq/core';
import { openCheckpoint } from '@softvq/core/node';
import { dinoV2Sources, type HasVisionEncoder, loadDinoV2Weights } from '../dinov2/load-dinov2-weights.js';

/**
 * As `loadDinoV2Weights`, from a file: `dinov2_vitb14_pretrain.pth` as published, or timm's `model.safetensors` or the
 * folder with it.
 *
 * @throws FileFormatError when there is no such file, saying where to get it, or when it is malformed; StateDictError
 * as `loadDinoV2Weights`.
 */
export async function loadDinoV2(tokenizer: HasVisionEncoder, path: string): Promise<void> {
  const { tensors } = await openCheckpoint(path).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    const advice = `there is no such file; download the weights of DINOv2 first: ${dinoV2Sources(tokenizer)}`;
    throw new FileFormatError(path, advice, { cause: error });
  });
  loadDinoV2Weights(tokenizer, tensors);
}
