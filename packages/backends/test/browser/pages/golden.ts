import type { ByteSource } from '@softvq/core/io';
import { wasm } from '../../../src/wasm/browser/index.js';
import { webgpu } from '../../../src/webgpu/browser/index.js';
import { runSoftVQGolden } from '../../golden/softvq.js';
import { expose } from '../expose.js';

/** A file of the repository's fixtures. */
async function fetchFixture(path: string): Promise<ByteSource> {
  const response = await fetch(`/fixtures/${path}`);
  if (!response.ok) throw new Error(`there is no fixture ${path}`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  return {
    name: path,
    size: bytes.byteLength,
    read: async (offset, length) => bytes.slice(offset, offset + length),
  };
}

const factories = { wasm, webgpu } as const;

const functions = {
  softvq: async (name: keyof typeof factories) => {
    const backend = await factories[name]();
    const outcome = await runSoftVQGolden(backend, await fetchFixture('golden/tokenizer/softvq.safetensors'));
    await backend.dispose();
    return outcome;
  },
};

export type GoldenPage = typeof functions;
expose(functions);
