import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { ArgumentError, FileFormatError } from '@softvq/core';
import sharp from 'sharp';
import { checkPicture, type Picture } from '../picture/picture.js';
import { writeAtomically } from './atomic-write.js';

const readableFormats = 'PNG, JPEG, WebP, AVIF or GIF';

/**
 * Reads a PNG, JPEG, WebP, AVIF or GIF (its first frame) as 8-bit RGB. The orientation that a camera noted is
 * applied, an embedded colour profile is converted to sRGB, transparency is composited over white, grey and
 * 16-bit pictures are brought to 8-bit RGB.
 *
 * @param source the path of a file, or the file's bytes
 * @throws ArgumentError for a path that cannot be read
 * @throws FileFormatError for a file that is truncated, corrupt or of another format; never a partial picture
 */
export async function readPicture(source: string | URL | Uint8Array): Promise<Picture> {
  const name = source instanceof Uint8Array ? 'picture in memory' : pathOf(source);
  // The decoder is given bytes, not a path: by path it would remember a file's old content.
  const bytes = source instanceof Uint8Array ? source : await readFileNamed(name);
  if (bytes.length === 0) throw new FileFormatError(name, `is empty; expected a ${readableFormats}`);
  try {
    const image = sharp(bytes, { failOn: 'warning' });
    const { format, compression } = await image.metadata();
    if (!isReadable(format, compression)) {
      throw new FileFormatError(name, `is of the format '${format}'; expected a ${readableFormats}`);
    }
    const { data, info } = await image
      .autoOrient()
      .flatten({ background: 'white' })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const { width, height } = info;
    return { width, height, data: new Uint8Array(data.buffer, data.byteOffset, data.length) };
  } catch (cause) {
    if (cause instanceof FileFormatError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FileFormatError(name, `cannot be decoded as a ${readableFormats}: ${reason}`, { cause });
  }
}

/**
 * Writes a picture as an 8-bit RGB PNG, whole or not at all; an older file of that name is replaced.
 *
 * @throws ArgumentError for a picture whose bytes do not fit its size, or a path that cannot be written
 */
export async function writePng(path: string | URL, picture: Picture): Promise<void> {
  const name = pathOf(path);
  checkPicture(picture, `the picture for ${name}`);
  const { width, height, data } = picture;
  const png = await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
  await writeAtomically(name, [png]);
}

function pathOf(path: string | URL): string {
  return path instanceof URL ? fileURLToPath(path) : path;
}

async function readFileNamed(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'there is no such file' : message;
    throw new ArgumentError(`${path} cannot be read: ${reason}; give the path of a ${readableFormats}`, {
      cause,
    });
  }
}

function isReadable(format: string, compression: string | undefined): boolean {
  return ['png', 'jpeg', 'webp', 'gif'].includes(format) || (format === 'heif' && compression === 'av1');
}
