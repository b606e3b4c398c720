import { createHash } from 'node:crypto';
import { float32ToFloat16, type HostTensor } from '@softvq/core';
import { type LoadableTokenizer, savedConfigOf } from '@softvq/tokenizer';

export interface TokenizerIdentityOptions {
  /**
   * `float16` tells a tokenizer by its numbers in half precision, which a copy of it that was saved as float16 has in
   * common with it. Default its numbers as they are.
   */
  readonly dtype?: 'float16';
}

/** Tells a tokenizer with its weights from all others: a hash of its config and of every number, `sha256:…`. */
export async function tokenizerIdentity(
  tokenizer: LoadableTokenizer,
  { dtype: rounded }: TokenizerIdentityOptions = {},
): Promise<string> {
  const hash = createHash('sha256');
  const config = Object.entries(savedConfigOf(tokenizer)).sort(([a], [b]) => (a < b ? -1 : 1));
  hash.update(JSON.stringify(config));
  const tensors = Object.entries(tokenizer.stateDict()).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [name, tensor] of tensors) {
    const host = await tensor.host();
    const { dtype, shape, data } = rounded === undefined ? host : inHalf(host);
    hash.update(JSON.stringify([name, dtype, shape]));
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return `sha256:${hash.digest('hex')}`;
}

function inHalf(host: HostTensor): HostTensor {
  if (host.dtype !== 'float32') return host;
  return { dtype: 'float16', shape: host.shape, data: float32ToFloat16(host.data as Float32Array) };
}
