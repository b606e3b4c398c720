/** A decimal integer as Python writes it, with an optional L at the end. Undefined when it is none. */
export function parsePythonInteger(text: string): number | bigint | undefined {
  const digits = /^\s*([+-]?\d{1,1000})L?\s*$/.exec(text)?.[1];
  return digits === undefined ? undefined : narrowInteger(BigInt(digits));
}

/** A float as Python's `repr` writes it. Undefined when it is none. */
export function parsePythonFloat(text: string): number | undefined {
  if (/^[+-]?inf$/.test(text))
    return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (/^[+-]?nan$/.test(text)) return Number.NaN;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

const escapes: Readonly<Record<string, string>> = {
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** A quoted string as Python 2's `repr` writes it; every character is a byte. Undefined when it is none. */
export function parsePythonString(text: string): string | undefined {
  const quoted = /^(['"])(.*)\1$/s.exec(text.trim())?.[2];
  return quoted?.replace(/\\(x[0-9a-fA-F]{2}|[0-7]{1,3}|.)/gs, (whole, code: string) => {
    if (code.length === 3 && code.startsWith('x'))
      return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8) & 0xff);
    return escapes[code] ?? whole;
  });
}

/** Python's raw-unicode-escape: only `\uXXXX` and `\UXXXXXXXX` mean something. Undefined beyond Unicode. */
export function parseRawUnicode(text: string): string | undefined {
  const code = /\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g;
  for (const [, , long] of text.matchAll(code)) {
    if (long !== undefined && Number.parseInt(long, 16) > 0x10ffff) return undefined;
  }
  return text.replace(code, (_, short?: string, long?: string) =>
    String.fromCodePoint(Number.parseInt(short ?? long ?? '', 16)),
  );
}

/** A two's complement little-endian integer of any length. */
export function parseBinaryInteger(bytes: Uint8Array): number | bigint {
  let value = 0n;
  for (let index = bytes.length - 1; index >= 0; index--) value = (value << 8n) | BigInt(bytes[index]!);
  return narrowInteger(BigInt.asIntN(8 * bytes.length, value));
}

/** A number where it is exact. */
export function narrowInteger(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
