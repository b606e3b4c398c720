/** Thrown when a pickle needs more bytes than there are. A longer look at the file may have them. */
export class EndOfPickle extends Error {
  override readonly name = 'EndOfPickle';
}

/** Reads the arguments of pickle instructions, one after the other. Little-endian unless it says otherwise. */
export class PickleCursor {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get offset(): number {
    return this.#offset;
  }

  uint8(): number {
    return this.#view.getUint8(this.#claim(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#claim(2), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#claim(4), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#claim(4), true);
  }

  /** Exact up to 2⁵³; no length beyond that can be true. */
  uint64(): number {
    return Number(this.#view.getBigUint64(this.#claim(8), true));
  }

  bigEndianFloat64(): number {
    return this.#view.getFloat64(this.#claim(8), false);
  }

  /** The next `length` bytes, shared. */
  bytes(length: number): Uint8Array {
    const start = this.#claim(length);
    return this.#bytes.subarray(start, start + length);
  }

  utf8(length: number): string {
    // As Python does it, apart from lone surrogates, which become replacement characters.
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(this.bytes(length));
  }

  latin1(length: number): string {
    return latin1Text(this.bytes(length));
  }

  /** The text up to the next line feed, which is consumed. */
  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#offset);
    if (end < 0) throw new EndOfPickle();
    const text = this.latin1(end - this.#offset);
    this.#offset += 1;
    return text;
  }

  #claim(length: number): number {
    const start = this.#offset;
    if (length > this.#bytes.length - start) throw new EndOfPickle();
    this.#offset += length;
    return start;
  }
}

/** Every byte as the character of its number. */
export function latin1Text(bytes: Uint8Array): string {
  // TextDecoder's 'latin1' is windows-1252, which differs from 0x80 to 0x9f.
  let text = '';
  for (let start = 0; start < bytes.length; start += 4096) {
    text += String.fromCharCode(...bytes.subarray(start, start + 4096));
  }
  return text;
}
