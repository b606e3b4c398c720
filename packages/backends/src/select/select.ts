import { ArgumentError, type Backend, BackendError, messageOf } from '@softvq/core';
import type { Candidate, Platform } from './candidate.js';
import type { BackendName, BackendOptions } from './names.js';

export interface BackendPreferences {
  /**
   * Which backends to try, in this order. Without it, those of the platform: `cuda`, `webgpu`, `cpu`, `wasm`, `tfjs` in
   * Node, and `webgpu`, `wasm`, `tfjs` in browsers, passing over WebGPU that is rendered in software.
   */
  readonly order?: readonly BackendName[];
  /** What each is made with. */
  readonly options?: Partial<BackendOptions>;
  /** Pass over backends that gain nothing from this precision. */
  readonly precision?: 'float16' | 'int8';
}

/** A backend that was tried before and could not be had. */
export interface RefusedBackend {
  readonly name: BackendName;
  readonly reason: string;
}

export interface BackendSelection {
  readonly backend: Backend;
  /** Those that were tried in vain, in order. */
  readonly attempts: readonly RefusedBackend[];
}

export const backendNames: readonly BackendName[] = ['cuda', 'webgpu', 'cpu', 'wasm', 'tfjs'];

/** Tries the backends of a platform. */
export async function selectFrom(
  { candidates, elsewhere }: Platform,
  { order, options = {}, precision }: BackendPreferences,
): Promise<BackendSelection> {
  for (const name of [...(order ?? []), ...Object.keys(options)]) assertName(name);
  const attempts: RefusedBackend[] = [];
  for (const name of order ?? candidates.map((each) => each.name)) {
    const candidate = candidates.find((each) => each.name === name);
    const outcome =
      candidate === undefined
        ? elsewhere
        : await tryCandidate(candidate, options[name] ?? {}, order === undefined, precision);
    if (typeof outcome !== 'string') return { backend: outcome, attempts };
    attempts.push({ name, reason: outcome });
  }
  const [only] = attempts;
  if (only !== undefined && attempts.length === 1) {
    throw new BackendError(`the backend ${only.name} cannot be had here: ${only.reason}`);
  }
  const reasons = attempts.map(({ name, reason }) => `\n  ${name}: ${reason}`).join('');
  throw new BackendError(`no backend can be had here${reasons}`);
}

/** The backend, or why not. */
async function tryCandidate(
  { open, objection }: Candidate,
  options: object,
  mayObject: boolean,
  precision: BackendPreferences['precision'],
): Promise<Backend | string> {
  try {
    const reason = mayObject ? await objection?.(options) : undefined;
    if (reason !== undefined) return reason;
    const backend = await open(options);
    const { precisions = [] } = backend.capabilities;
    if (precision === undefined || precisions.includes(precision)) return backend;
    await backend.dispose();
    return `it gains nothing from ${precision} on this machine`;
  } catch (error) {
    return reasonOf(error);
  }
}

/** What an error says, in one line and without the place it happened at. */
export function reasonOf(error: unknown): string {
  return messageOf(error).replace(/\s*\n\s*/g, ' ');
}

function assertName(name: string): void {
  if (backendNames.some((each) => each === name)) return;
  throw new ArgumentError(
    `selectBackend: there is no backend "${name}"; there are ${backendNames.join(', ')}`,
  );
}
