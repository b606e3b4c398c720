import { maxPool2d, relu, type Tensor } from '@softvq/core';
import { Conv2d, Module, type RandomOptions } from '@softvq/core/nn';

/** Channels after each of the five slices. */
export const vggChannels = [64, 128, 256, 512, 512] as const;

/** What the places of the convolutions in torchvision's `features` are, slice by slice. */
export const vggPlaces = [
  [0, 2],
  [5, 7],
  [10, 12, 14],
  [17, 19, 21],
  [24, 26, 28],
] as const;

type Slice = Readonly<Record<number, Conv2d>>;

/**
 * The convolutions of VGG-16 (Simonyan & Zisserman, 2015) in five slices, each ending after a ReLU and all but the
 * first beginning with a 2×2 max-pool. Named as in LPIPS: `slice1.0.weight` is torchvision's `features.0.weight`.
 */
export class Vgg16 extends Module {
  readonly slice1: Slice;
  readonly slice2: Slice;
  readonly slice3: Slice;
  readonly slice4: Slice;
  readonly slice5: Slice;

  constructor(options: RandomOptions = {}) {
    super();
    this.slice1 = slice(0, options);
    this.slice2 = slice(1, options);
    this.slice3 = slice(2, options);
    this.slice4 = slice(3, options);
    this.slice5 = slice(4, options);
  }

  /**
   * Images (batch, 3, height, width), normalised, to the features after relu1_2, relu2_2, relu3_3, relu4_3 and relu5_3:
   * (batch, channels, ⌊height / 2ⁱ⌋, ⌊width / 2ⁱ⌋) with i from 0.
   */
  forward(images: Tensor): Tensor[] {
    const taps: Tensor[] = [];
    let x = images;
    for (const layers of [this.slice1, this.slice2, this.slice3, this.slice4, this.slice5]) {
      if (taps.length > 0) x = maxPool2d(x, { kernel: 2 });
      for (const layer of Object.values(layers)) x = relu(layer.forward(x));
      taps.push(x);
    }
    return taps;
  }
}

function slice(index: number, { random }: RandomOptions): Slice {
  const outputs = vggChannels[index]!;
  const inputs = vggChannels[index - 1] ?? 3;
  return Object.fromEntries(
    vggPlaces[index]!.map((place, i) => [
      place,
      new Conv2d(i === 0 ? inputs : outputs, outputs, {
        kernel: 3,
        padding: 1,
        random: random?.child('features', place),
      }),
    ]),
  );
}
