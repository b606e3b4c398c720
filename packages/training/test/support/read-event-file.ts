/** CRC-32C bit by bit (polynomial 0x1EDC6F41, reflected). */
function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

function masked(bytes: Uint8Array): number {
  const crc = BigInt(crc32c(bytes));
  const rotated = (crc >> 15n) | ((crc << 17n) & 0xffffffffn);
  return Number((rotated + 0xa282ead8n) & 0xffffffffn);
}

/** The records of a TFRecord file. @throws when a checksum or a length is wrong. */
export function readRecords(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Number(view.getBigUint64(at, true));
    if (view.getUint32(at + 8, true) !== masked(bytes.subarray(at, at + 8)))
      throw new Error(`length at ${at}`);
    const data = bytes.subarray(at + 12, at + 12 + length);
    if (view.getUint32(at + 12 + length, true) !== masked(data)) throw new Error(`data at ${at}`);
    records.push(data);
    at += 16 + length;
  }
  return records;
}

/** A value of a protocol buffer: a number of a varint or of 4 or 8 bytes, or the bytes of anything else. */
type Field = { readonly number: number; readonly value: number | Uint8Array };

function fieldsOf(message: Uint8Array): Field[] {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const fields: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let [value, scale] = [0, 1];
    for (;;) {
      const byte = message[at++]!;
      value += (byte & 127) * scale;
      scale *= 128;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const key = varint();
    const number = Math.floor(key / 8);
    switch (key % 8) {
      case 0:
        fields.push({ number, value: varint() });
        break;
      case 1:
        fields.push({ number, value: view.getFloat64(at, true) });
        at += 8;
        break;
      case 2: {
        const length = varint();
        fields.push({ number, value: message.subarray(at, at + length) });
        at += length;
        break;
      }
      case 5:
        fields.push({ number, value: view.getFloat32(at, true) });
        at += 4;
        break;
      default:
        throw new Error(`wire type ${key % 8}`);
    }
  }
  return fields;
}

export interface ReadEvent {
  readonly wallTime: number;
  readonly step: number;
  readonly version?: string;
  /** The status of a session. */
  readonly session?: number;
  readonly scalars: Readonly<Record<string, number>>;
  readonly images: Readonly<
    Record<string, { height: number; width: number; colorspace: number; bytes: Uint8Array }>
  >;
}

/** The events of a file, understood without the code that writes them. */
export function readEvents(bytes: Uint8Array): ReadEvent[] {
  return readRecords(bytes).map((record) => {
    const fields = fieldsOf(record);
    const scalars: Record<string, number> = {};
    const images: Record<string, { height: number; width: number; colorspace: number; bytes: Uint8Array }> =
      {};
    for (const value of messages(fields, 5).flatMap((summary) => messages(fieldsOf(summary), 1))) {
      const inner = fieldsOf(value);
      const tag = text(inner, 1)!;
      const scalar = number(inner, 2);
      if (scalar !== undefined) scalars[tag] = scalar;
      for (const image of messages(inner, 4).map(fieldsOf)) {
        images[tag] = {
          height: number(image, 1)!,
          width: number(image, 2)!,
          colorspace: number(image, 3)!,
          bytes: messages(image, 4)[0]!,
        };
      }
    }
    const version = text(fields, 3);
    const session = messages(fields, 7).map((log) => number(fieldsOf(log), 1)!)[0];
    return {
      wallTime: number(fields, 1)!,
      step: number(fields, 2) ?? 0,
      ...(version !== undefined && { version }),
      ...(session !== undefined && { session }),
      scalars,
      images,
    };
  });
}

function messages(fields: readonly Field[], wanted: number): Uint8Array[] {
  return fields.flatMap(({ number, value }) =>
    number === wanted && typeof value !== 'number' ? [value] : [],
  );
}

function number(fields: readonly Field[], wanted: number): number | undefined {
  const found = fields.find((field) => field.number === wanted)?.value;
  return typeof found === 'number' ? found : undefined;
}

function text(fields: readonly Field[], wanted: number): string | undefined {
  const [bytes] = messages(fields, wanted);
  return bytes && new TextDecoder().decode(bytes);
}
