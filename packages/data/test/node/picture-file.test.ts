import { readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ArgumentError, FileFormatError } from '@softvq/core';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { readPicture, writePng } from '../../src/node/index.js';
import { samplePicture } from '../sample-picture.js';
import { temporaryFolder } from '../temporary-folder.js';

/** Uncompressed pixels for sharp to encode. */
function pixels(data: Uint8Array | Uint16Array, width: number, height: number, channels: 1 | 2 | 3 | 4) {
  return sharp(data, { raw: { width, height, channels } });
}

describe('writePng and readPicture', () => {
  it('give back every byte, by path, by URL and from memory', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'a picture ü.png');
    const picture = samplePicture(37, 21);
    await writePng(path, picture);
    expect(await readPicture(path)).toEqual(picture);
    expect(await readPicture(pathToFileURL(path))).toEqual(picture);
    expect(await readPicture(await readFile(path))).toEqual(picture);
    expect(await readdir(folder)).toEqual(['a picture ü.png']);
  });

  it('keep a grey picture RGB and a single pixel a single pixel', async () => {
    const path = join(await temporaryFolder(), 'grey.png');
    for (const side of [1, 4]) {
      const picture = { width: side, height: side, data: new Uint8Array(side * side * 3).fill(77) };
      await writePng(path, picture);
      const { channels, depth } = await sharp(await readFile(path)).metadata();
      expect({ channels, depth }).toEqual({ channels: 3, depth: 'uchar' });
      expect(await readPicture(path)).toEqual(picture);
    }
  });

  it('replace an older file, and read the new one', async () => {
    const path = join(await temporaryFolder(), 'picture.png');
    for (const seed of [1, 2, 3]) {
      const picture = samplePicture(8, 8, seed);
      await writePng(path, picture);
      expect(await readPicture(path)).toEqual(picture);
    }
  });
});

describe('readPicture', () => {
  it('takes 16-bit PNG down to 8 bits', async () => {
    const rgb = Uint16Array.from([0, 257, 32768, 65535, 128 * 257, 130 * 257]);
    const png = await pixels(rgb, 2, 1, 3).toColourspace('rgb16').png().toBuffer();
    expect((await sharp(png).metadata()).depth).toBe('ushort');
    expect([...(await readPicture(png)).data]).toEqual([0, 1, 128, 255, 128, 130]);

    const grey = await pixels(Uint16Array.from([0, 200 * 257, 65535]), 3, 1, 1)
      .toColourspace('grey16')
      .png()
      .toBuffer();
    expect((await sharp(grey).metadata()).depth).toBe('ushort');
    expect([...(await readPicture(grey)).data]).toEqual([0, 0, 0, 200, 200, 200, 255, 255, 255]);
  });

  it('composites transparency over white, for grey and for colour', async () => {
    const grey = await pixels(Uint8Array.from([0, 0, 0, 128, 100, 255]), 3, 1, 2)
      .toColourspace('b-w')
      .png()
      .toBuffer();
    expect((await sharp(grey).metadata()).channels).toBe(2);
    expect([...(await readPicture(grey)).data]).toEqual([255, 255, 255, 127, 127, 127, 100, 100, 100]);

    const colour = await pixels(Uint8Array.from([255, 0, 0, 128, 9, 9, 9, 0]), 2, 1, 4)
      .png()
      .toBuffer();
    expect([...(await readPicture(colour)).data]).toEqual([255, 127, 127, 255, 255, 255]);
  });

  it('reads lossless WebP and GIF exactly, JPEG and AVIF closely', async () => {
    // Four flat colours in quarters: what lossy coding leaves alone, and a palette can hold.
    const corners = [200, 30, 30, 30, 200, 30, 30, 30, 200, 220, 220, 220];
    const data = new Uint8Array(32 * 32 * 3).map((_, byte) => {
      const x = Math.floor(byte / 3) % 32;
      const y = Math.floor(byte / 96);
      return corners[((y < 16 ? 0 : 2) + (x < 16 ? 0 : 1)) * 3 + (byte % 3)]!;
    });
    const image = () => pixels(data, 32, 32, 3);
    const exact = [await image().webp({ lossless: true }).toBuffer(), await image().gif().toBuffer()];
    const close = [
      await image().jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer(),
      await image().avif({ quality: 90, chromaSubsampling: '4:4:4' }).toBuffer(),
    ];
    for (const file of exact) expect((await readPicture(file)).data).toEqual(data);
    for (const file of close) {
      const read = (await readPicture(file)).data;
      expect(read.length).toBe(data.length);
      expect(Math.max(...read.map((byte, index) => Math.abs(byte - data[index]!)))).toBeLessThan(12);
    }
  });

  it('takes the first frame of an animation', async () => {
    const frames = new Uint8Array(8 * 16 * 3).fill(40, 0, 8 * 8 * 3).fill(200, 8 * 8 * 3);
    const gif = await sharp(frames, { raw: { width: 8, height: 16, channels: 3, pageHeight: 8 } })
      .gif()
      .toBuffer();
    expect((await sharp(gif).metadata()).pages).toBe(2);
    expect(await readPicture(gif)).toEqual({ width: 8, height: 8, data: new Uint8Array(192).fill(40) });
  });

  it('applies each of the eight orientations', async () => {
    const [a, b, c, d] = [10, 90, 170, 250];
    // What is displayed at top left, top right, bottom left, bottom right for a file that stores a, b, c, d.
    const displayed = [
      [a, b, c, d],
      [b, a, d, c],
      [d, c, b, a],
      [c, d, a, b],
      [a, c, b, d],
      [c, a, d, b],
      [d, b, c, a],
      [b, d, a, c],
    ];
    const stored = new Uint8Array(48 * 32).map((_, pixel) => {
      const right = pixel % 48 >= 24;
      return pixel < 48 * 16 ? (right ? b : a) : right ? d : c;
    });
    for (const [index, corners] of displayed.entries()) {
      const orientation = index + 1;
      const jpeg = await pixels(stored, 48, 32, 1)
        .withMetadata({ orientation })
        .jpeg({ quality: 100 })
        .toBuffer();
      const { width, height, data } = await readPicture(jpeg);
      expect([width, height]).toEqual(orientation < 5 ? [48, 32] : [32, 48]);
      const at = (x: number, y: number) => data[(y * width + x) * 3]!;
      const read = [at(2, 2), at(width - 3, 2), at(2, height - 3), at(width - 3, height - 3)];
      for (const [corner, value] of read.entries()) {
        expect(Math.abs(value - corners[corner]!), `orientation ${orientation}`).toBeLessThan(4);
      }
    }
  });

  it('converts other colour spaces to sRGB', async () => {
    const colour = Uint8Array.from([10, 200, 200]);
    const wide = await pixels(colour, 1, 1, 3).withIccProfile('p3').png().toBuffer();
    const converted = (await readPicture(wide)).data;
    const unconverted = await sharp(wide, { ignoreIcc: true }).raw().toBuffer();
    expect(Math.abs(unconverted[0]! - 10)).toBeGreaterThan(40);
    expect(Math.max(...converted.map((byte, index) => Math.abs(byte - colour[index]!)))).toBeLessThan(4);

    // Inks reach fewer colours than a screen, so a round trip comes only near.
    const cmyk = await pixels(new Uint8Array(3 * 64).fill(128), 8, 8, 3)
      .toColourspace('cmyk')
      .jpeg({ quality: 100 })
      .toBuffer();
    expect((await sharp(cmyk).metadata()).channels).toBe(4);
    const read = await readPicture(cmyk);
    expect(read.data.length).toBe(192);
    expect(Math.max(...read.data.map((byte) => Math.abs(byte - 128)))).toBeLessThan(20);
  });

  it('never gives a partial picture of a truncated file', async () => {
    const folder = await temporaryFolder();
    const { data } = samplePicture(64, 48);
    const image = () => pixels(data, 64, 48, 3);
    const files = {
      'a.png': await image().png().toBuffer(),
      'a.jpeg': await image().jpeg().toBuffer(),
      'a.webp': await image().webp().toBuffer(),
      'a.gif': await image().gif().toBuffer(),
      'a.avif': await image().avif().toBuffer(),
    };
    for (const [name, bytes] of Object.entries(files)) {
      const path = join(folder, name);
      for (const share of [0.02, 0.3, 0.6, 0.95]) {
        await writeFile(path, bytes.subarray(0, Math.floor(bytes.length * share)));
        const error = await readPicture(path).catch((caught: unknown) => caught);
        expect(error, `${name}, ${share} of it`).toBeInstanceOf(FileFormatError);
        expect(error).toMatchObject({ file: path, code: 'file-format' });
        expect((error as Error).message).toContain(path);
      }
    }
  });

  it('refuses corrupt, empty and foreign files by name', async () => {
    const folder = await temporaryFolder();
    const { data } = samplePicture(32, 32);
    const damaged = await pixels(data, 32, 32, 3).png().toBuffer();
    damaged[Math.floor(damaged.length / 2)]! ^= 1;
    const files = {
      'damaged.png': [damaged, 'cannot be decoded'],
      'empty.png': [new Uint8Array(), 'is empty'],
      'text.jpg': [Buffer.from('this is no picture at all'), 'cannot be decoded'],
      'drawing.svg': [Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="2" height="2"/>'), "'svg'"],
      'scan.tiff': [await pixels(data, 32, 32, 3).tiff().toBuffer(), "'tiff'"],
    } as const;
    for (const [name, [bytes, reason]] of Object.entries(files)) {
      const path = join(folder, name);
      await writeFile(path, bytes);
      const error = await readPicture(path).catch((caught: unknown) => caught);
      expect(error, name).toBeInstanceOf(FileFormatError);
      expect((error as Error).message).toContain(`${path}: `);
      expect((error as Error).message).toContain(reason);
      expect((error as Error).message).toContain('PNG, JPEG, WebP, AVIF or GIF');
    }
    await expect(readPicture(new Uint8Array(9))).rejects.toMatchObject({ file: 'picture in memory' });
  });

  it('says which path cannot be read', async () => {
    const folder = await temporaryFolder();
    const missing = join(folder, 'missing.png');
    await expect(readPicture(missing)).rejects.toThrow(ArgumentError);
    await expect(readPicture(missing)).rejects.toThrow(`${missing} cannot be read: there is no such file`);
    await expect(readPicture(folder)).rejects.toThrow(`${folder} cannot be read: EISDIR`);
  });
});

describe('writePng', () => {
  it('says that the folder is missing', async () => {
    const folder = join(await temporaryFolder(), 'missing');
    const path = join(folder, 'picture.png');
    await expect(writePng(path, samplePicture(2, 2))).rejects.toThrow(ArgumentError);
    await expect(writePng(path, samplePicture(2, 2))).rejects.toThrow(
      `${path} cannot be written: the folder ${folder} does not exist`,
    );
  });

  it('leaves nothing behind when the file cannot take its place', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'picture.png');
    await writePng(path, samplePicture(2, 2));
    // A folder with something in it can be replaced by no file.
    await expect(writePng(folder, samplePicture(2, 2))).rejects.toThrow(
      `${folder} cannot be written: it is a folder`,
    );
    expect(await readdir(folder)).toEqual(['picture.png']);
    const beside = await readdir(join(folder, '..'));
    expect(beside.filter((name) => name.includes(basename(folder)) && name !== basename(folder))).toEqual([]);
  });

  it('refuses a picture whose bytes do not fit, and keeps the older file', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'picture.png');
    const picture = samplePicture(3, 2);
    await writePng(path, picture);
    const short = { width: 3, height: 3, data: picture.data };
    await expect(writePng(path, short)).rejects.toThrow(
      `the picture for ${path} is 3×3 and holds 18 bytes; RGB needs 27`,
    );
    const flat = { width: 3, height: 0, data: new Uint8Array() };
    await expect(writePng(path, flat)).rejects.toThrow('both sides must be whole numbers of at least 1');
    expect(await readPicture(path)).toEqual(picture);
    expect(await readdir(folder)).toEqual(['picture.png']);
  });

  it('gives one whole picture when many write at once', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'picture.png');
    const pictures = [1, 2, 3, 4, 5, 6].map((seed) => samplePicture(40, 40, seed));
    await Promise.all(pictures.map((picture) => writePng(path, picture)));
    expect(pictures).toContainEqual(await readPicture(path));
    expect(await readdir(folder)).toEqual(['picture.png']);
  });
});
