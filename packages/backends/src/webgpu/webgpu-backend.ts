import type { Backend } from '@softvq/core';
import type { Transfers } from './transfers.js';

/** A backend whose elements stay on a GPU between calls. */
export interface WebgpuBackend extends Backend {
  /** What was moved between the host and the device so far. */
  transfers(): Transfers;
}
