import { ArgumentError } from '@softvq/core';

/** More threads rarely help ONNX Runtime's WebAssembly kernels, and each costs a worker. */
const mostByDefault = 4;

/** What this file needs of Node, which may not be there. */
interface MaybeNode {
  readonly process?: {
    readonly getBuiltinModule?: (name: 'node:os') => { readonly availableParallelism: () => number };
    readonly env?: Readonly<Record<string, string | undefined>>;
  };
  readonly navigator?: { readonly hardwareConcurrency?: number };
  readonly crossOriginIsolated?: boolean;
}

/** Threads that WebAssembly can have here: one where memory cannot be shared, any number elsewhere. */
export function mostThreads(): number {
  const { crossOriginIsolated = true } = globalThis as MaybeNode;
  return typeof SharedArrayBuffer === 'undefined' || !crossOriginIsolated ? 1 : Number.POSITIVE_INFINITY;
}

/**
 * The threads that the environment variable SOFTVQ_THREADS asks for, if there is one.
 *
 * @throws ArgumentError when it is no whole number from 1.
 */
export function threadsOfEnvironment(): number | undefined {
  const given = (globalThis as MaybeNode).process?.env?.['SOFTVQ_THREADS'];
  if (given === undefined || given === '') return undefined;
  const threads = Number(given);
  if (Number.isInteger(threads) && threads >= 1) return threads;
  throw new ArgumentError(`SOFTVQ_THREADS must be a whole number from 1, not "${given}"`);
}

/** What SOFTVQ_THREADS asks for, or one a core, within reason. */
export function defaultThreads(): number {
  const { process, navigator } = globalThis as MaybeNode;
  const given = threadsOfEnvironment();
  if (given !== undefined) return Math.min(given, mostThreads());
  const cores =
    navigator?.hardwareConcurrency ?? process?.getBuiltinModule?.('node:os').availableParallelism() ?? 1;
  return Math.min(cores, mostByDefault, mostThreads());
}
