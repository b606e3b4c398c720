import { createHash } from 'node:crypto';
import { type AnyTokenizer, configOf } from '@softvq/tokenizer';

/** Tells a tokenizer with its weights from all others: a hash of its config and of every number, `sha256:…`. */
export async function tokenizerIdentity(tokenizer: AnyTokenizer): Promise<string> {
  const hash = createHash('sha256');
  const config = Object.entries(configOf(tokenizer)).sort(([a], [b]) => (a < b ? -1 : 1));
  hash.update(JSON.stringify(config));
  const tensors = Object.entries(tokenizer.stateDict()).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [name, tensor] of tensors) {
    const { dtype, shape, data } = await tensor.host();
    hash.update(JSON.stringify([name, dtype, shape]));
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return `sha256:${hash.digest('hex')}`;
}
