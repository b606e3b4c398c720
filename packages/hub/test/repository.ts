import { createHash } from 'node:crypto';
import { type HubServer, large, type Repository, small } from './hub-server.js';

export const id = 'SoftVQVAE/tiny';
export const config = '{"image_size": 16}\n';
/** Three times what a connection delivers at once. */
export const weights = noise(200_000, 1);

/** Publishes a model, and returns it for changes. */
export function publish(server: HubServer, changes: Partial<Repository> = {}): Repository {
  const repository: Repository = {
    commit: 'a'.repeat(40),
    files: {
      'config.json': small(config),
      'model.safetensors': large(weights),
      'README.md': small('# tiny'),
    },
    ...changes,
  };
  server.repositories.set(id, repository);
  return repository;
}

/** Bytes that look like those of weights: the same for the same seed. */
export function noise(size: number, seed: number): Uint8Array {
  const blocks: Buffer[] = [];
  for (let block = 0; block * 64 < size; block++) {
    blocks.push(createHash('sha512').update(`${seed} ${block}`).digest());
  }
  return Buffer.concat(blocks).subarray(0, size);
}
