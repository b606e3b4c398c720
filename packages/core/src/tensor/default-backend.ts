import type { Backend } from '../contracts/backend.js';
import { ArgumentError, BackendError } from '../errors.js';

let current: Backend | undefined;

/** Chooses the backend that runs everything from here on where no other is named. */
export function setDefaultBackend(backend: Backend): void {
  const version: number = backend.specVersion;
  if (version !== 1) {
    throw new ArgumentError(
      `backend "${backend.name}" follows contract version ${version}; this version knows 1`,
    );
  }
  current = backend;
}

/** @throws BackendError when none was chosen. */
export function defaultBackend(): Backend {
  if (current === undefined) {
    throw new BackendError(
      "no backend was chosen; for example: import { cpu } from '@softvq/backends/cpu'; setDefaultBackend(await cpu())",
    );
  }
  return current;
}
