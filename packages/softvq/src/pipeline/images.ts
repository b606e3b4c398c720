import type { Tensor } from '@softvq/core';
import type { Picture } from '@softvq/data';

/** Images as screens show them and as networks take them. The tensor is in host memory: nothing has to be freed. */
export interface Images {
  /** 8 bits a channel. */
  readonly pictures: readonly Picture[];
  /** float32 (images, 3, imageSize, imageSize), nominally in [-1, 1] and not clamped. */
  readonly images: Tensor;
}
