import { setDefaultBackend } from '@softvq/core';
import { afterAll, beforeAll } from 'vitest';
import { reference } from '../../backends/src/reference/index.js';

/** Runs the tests of a file on the reference interpreter. */
export function useReferenceBackend(): void {
  let dispose: () => Promise<void>;
  beforeAll(async () => {
    const backend = await reference();
    setDefaultBackend(backend);
    dispose = () => backend.dispose();
  });
  afterAll(() => dispose());
}
