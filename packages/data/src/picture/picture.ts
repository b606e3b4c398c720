import { ArgumentError } from '@softvq/core';

/** A picture as screens show it: 8 bits a channel, no transparency. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** RGB, interleaved, row by row from the top: `width · height · 3` bytes. */
  readonly data: Uint8Array;
}

/** Throws an `ArgumentError` that calls the picture `name` unless its sizes and its bytes agree. */
export function checkPicture(picture: Picture, name: string): void {
  const { width, height, data } = picture;
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1) {
    throw new ArgumentError(`${name} is ${width}×${height}; both sides must be whole numbers of at least 1`);
  }
  if (data.length !== width * height * 3) {
    throw new ArgumentError(
      `${name} is ${width}×${height} and holds ${data.length} bytes; RGB needs ${width * height * 3}`,
    );
  }
}
