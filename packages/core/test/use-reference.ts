import { setDefaultBackend } from '@softvq/core';
import { reference } from '../../backends/src/reference/index.js';

/** Makes the float64 interpreter the default backend of a test file. */
export async function useReference(): Promise<void> {
  setDefaultBackend(await reference());
}
