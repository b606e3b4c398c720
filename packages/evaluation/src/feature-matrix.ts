import { ArgumentError } from '@softvq/core';

/** Features of pictures: one row a picture, row after row. */
export interface FeatureMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array | Float64Array;
}

/** @throws ArgumentError unless the numbers fill rows and columns exactly and all are finite. */
export function assertFeatures(what: string, { rows, columns, data }: FeatureMatrix): void {
  if (rows * columns !== data.length) {
    throw new ArgumentError(`${what}: ${data.length} numbers do not fill ${rows} rows of ${columns}`);
  }
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new ArgumentError(
      `${what}: feature ${bad % columns} of row ${Math.floor(bad / columns)} is ${data[bad]}; measures need finite features`,
    );
  }
}
