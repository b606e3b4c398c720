import { crc32c } from '@aws-crypto/crc32c';

const maskDelta = 0xa282ead8;

/**
 * CRC-32C (RFC 3720, appendix B.4) as TensorFlow's record files keep it: rotated right by 15 bits and raised by a
 * constant, so that the checksum of data that hold checksums is a good one.
 */
export function maskedCrc(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + maskDelta) >>> 0;
}

/** A record of a TFRecord file: its length in 8 bytes, their checksum, the data, their checksum, all little-endian. */
export function frameRecord(data: Uint8Array): Uint8Array {
  const frame = new Uint8Array(8 + 4 + data.length + 4);
  const view = new DataView(frame.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc(frame.subarray(0, 8)), true);
  frame.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc(data), true);
  return frame;
}
