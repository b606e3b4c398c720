/** More threads rarely help ONNX Runtime's WebAssembly kernels, and each costs a worker. */
const mostByDefault = 4;

/** What this file needs of Node, which may not be there. */
interface MaybeNode {
  readonly process?: {
    readonly getBuiltinModule?: (name: 'node:os') => { readonly availableParallelism: () => number };
  };
  readonly navigator?: { readonly hardwareConcurrency?: number };
  readonly crossOriginIsolated?: boolean;
}

/** Threads that WebAssembly can have here: one where memory cannot be shared, any number elsewhere. */
export function mostThreads(): number {
  const { crossOriginIsolated = true } = globalThis as MaybeNode;
  return typeof SharedArrayBuffer === 'undefined' || !crossOriginIsolated ? 1 : Number.POSITIVE_INFINITY;
}

/** One a core, within reason. */
export function defaultThreads(): number {
  const { process, navigator } = globalThis as MaybeNode;
  const cores =
    navigator?.hardwareConcurrency ?? process?.getBuiltinModule?.('node:os').availableParallelism() ?? 1;
  return Math.min(cores, mostByDefault, mostThreads());
}
