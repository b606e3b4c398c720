import { openFile } from '@softvq/core/node';
import { describe, expect, it } from 'vitest';
import { wasm } from '../src/wasm/node/index.js';
import { webgpu } from '../src/webgpu/node/index.js';
import { expectGolden } from './golden/expect-golden.js';
import { runSoftVQGolden } from './golden/softvq.js';

const path = new URL('../../../fixtures/golden/tokenizer/softvq.safetensors', import.meta.url).pathname;

describe('golden tokenizer/softvq in Node', () => {
  it.each([
    ['wasm', () => wasm({ threads: 1 }), 1],
    ['webgpu', webgpu, 10],
  ] as const)('on %s', async (name, createBackend, slack) => {
    const backend = await createBackend();
    expect(backend.name).toBe(name);
    expectGolden(await runSoftVQGolden(backend, await openFile(path)), slack);
    await backend.dispose();
  });
});
