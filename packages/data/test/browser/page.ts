// What runs in the page: the package as an application bundles it.

import { encodePng, readPicture, toImageData } from '../../src/browser/index.js';
import { createLoader, type Picture, pictureDataset } from '../../src/index.js';

/** Numbers travel to the test as plain lists. */
type PlainPicture = Omit<Picture, 'data'> & { readonly data: readonly number[] };

const plain = ({ width, height, data }: Picture): PlainPicture => ({ width, height, data: [...data] });
const picture = ({ width, height, data }: PlainPicture): Picture => ({
  width,
  height,
  data: Uint8Array.from(data),
});

/** @param base64 the bytes of a file. */
async function blobOf(base64: string): Promise<Blob> {
  return (await fetch(`data:application/octet-stream;base64,${base64}`)).blob();
}

async function imageOf(blob: Blob): Promise<HTMLImageElement> {
  const image = new Image();
  image.src = URL.createObjectURL(blob);
  await image.decode();
  return image;
}

export const functions = {
  readBlob: async (base64: string): Promise<PlainPicture> => plain(await readPicture(await blobOf(base64))),
  readImage: async (base64: string): Promise<PlainPicture> =>
    plain(await readPicture(await imageOf(await blobOf(base64)))),
  readCanvas: async (source: PlainPicture): Promise<PlainPicture> => {
    const canvas = document.createElement('canvas');
    canvas.width = source.width;
    canvas.height = source.height;
    canvas.getContext('2d')!.putImageData(toImageData(picture(source)), 0, 0);
    return plain(await readPicture(canvas));
  },
  throughPng: async (source: PlainPicture): Promise<PlainPicture> =>
    plain(await readPicture(await encodePng(picture(source)))),
  errorOf: async (base64: string): Promise<string> => {
    const file = new File([await blobOf(base64)], 'holiday.png');
    return readPicture(file).then(
      () => 'no error',
      (error: Error) => `${error.name}: ${error.message}`,
    );
  },
  errorOfUnloaded: async (): Promise<string> =>
    readPicture(new Image()).then(
      () => 'no error',
      (error: Error) => `${error.name}: ${error.message}`,
    ),
  load: async (files: readonly string[]): Promise<number[]> => {
    const dataset = pictureDataset(
      files.map((base64, index) => ({
        name: `file ${index}`,
        picture: async () => readPicture(await blobOf(base64)),
      })),
    );
    const numbers: number[] = [];
    for await (const { images, indices } of createLoader(dataset, {
      batchSize: 2,
      imageSize: 4,
      epochs: 2,
      seed: 3,
    })) {
      numbers.push(...indices, ...images.data);
    }
    return numbers;
  },
};

export type PageFunctions = typeof functions;
