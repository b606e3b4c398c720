import { philox4x32, type Words2, type Words4 } from './philox.js';

const encoder = new TextEncoder();

/**
 * Hashes 64 bits and a name to 64 bits: a Merkle-Damgård chain with Philox4x32-10 as its compression function.
 * The chain starts from the 64 bits; it absorbs the UTF-8 bytes of the name in zero-padded blocks of 16, then
 * one block with their count, so that no name is a prefix of another. Each step encrypts the block under the
 * current 64 bits as the key and takes the first two output words plus, by exclusive or, the last two.
 */
export function hashName(start: Words2, name: string): Words2 {
  const bytes = encoder.encode(name);
  const padded = new DataView(new ArrayBuffer(Math.ceil(bytes.length / 16) * 16));
  bytes.forEach((byte, index) => {
    padded.setUint8(index, byte);
  });
  let state = start;
  for (let offset = 0; offset < padded.byteLength; offset += 16) {
    state = compress(state, [
      padded.getInt32(offset, true),
      padded.getInt32(offset + 4, true),
      padded.getInt32(offset + 8, true),
      padded.getInt32(offset + 12, true),
    ]);
  }
  return compress(state, [bytes.length, 0, 0, -1]);
}

/** Hashes a key and an index to 64 bits: the seed of a child stream. */
export function hashIndex(key: Words2, index: number): Words2 {
  return compress(key, [...splitInteger(index), 0, -2]);
}

/** The low and the high 32 bits of a non-negative safe integer. */
export function splitInteger(value: number): Words2 {
  return [value | 0, Math.floor(value / 2 ** 32) | 0];
}

function compress(state: Words2, block: Words4): Words2 {
  const output = new Int32Array(4);
  philox4x32(output, block, state);
  return [output[0]! ^ output[2]!, output[1]! ^ output[3]!];
}
