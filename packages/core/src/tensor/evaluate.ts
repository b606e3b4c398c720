import type { Backend, Executable } from '../contracts/backend.js';
import { ArgumentError } from '../errors.js';
import type { Graph } from '../graph/graph.js';
import type { Node } from '../graph/node.js';
import { collectInOrder } from '../graph/node.js';
import { attributesKey } from '../graph/passes/common-subexpressions.js';
import { optimize } from '../graph/passes/optimize.js';
import { expandComposites } from '../operations/expand.js';
import { expandShared } from '../operations/expand-shared.js';
import { defaultBackend } from './default-backend.js';
import { Storage } from './storage.js';
import type { Tensor } from './tensor.js';
import { captureInputs } from './trace.js';
import { tensorsIn } from './tree.js';

/** Executables of graphs seen before; programs evaluate the same expressions again and again. */
const cacheLimit = 64;
const caches = new WeakMap<Backend, Map<string, Promise<Executable>>>();

/**
 * Computes lazy tensors, all in one call into the default backend. Takes tensors and trees of tensors;
 * what has its elements already costs nothing.
 *
 * @throws ArgumentError inside a traced function, where there are no values.
 */
export async function evaluate(...trees: readonly unknown[]): Promise<void> {
  await evaluateOn(defaultBackend, trees);
}

/** As `evaluate`, on the backend that is chosen when there is something to compute. */
export async function evaluateOn(choose: () => Backend, trees: readonly unknown[]): Promise<void> {
  const tensors = [...new Set(tensorsIn(trees))];
  const lazy = tensors.filter(needsWork);
  if (lazy.length === 0) return;
  const backend = choose();
  const { graph, feeds } = captureInputs(lazy);
  const [executable, inputs] = await Promise.all([
    executableFor(graph, backend),
    Promise.all(feeds.map((storage) => storage.on(backend))),
  ]);
  const buffers = await executable.run(inputs);
  for (const [i, tensor] of lazy.entries()) {
    const buffer = buffers[i]!;
    // Another call may have been faster.
    if (tensor.storage !== undefined) buffer.dispose();
    else tensor.materialize(new Storage(tensor.dtype, buffer.shape, { kind: 'device', backend, buffer }));
  }
}

function needsWork(tensor: Tensor): boolean {
  if (tensor.storage !== undefined) {
    tensor.storage.assertPresent();
    return false;
  }
  const behind = collectInOrder([tensor], (each) => each.expression?.inputs ?? []);
  if (behind.some((each) => each.expression?.operation === 'input')) {
    throw new ArgumentError(`${tensor} has no value while its function is being traced; return it instead`);
  }
  return true;
}

/** What every graph goes through on its way to a backend. */
export function prepareGraph(graph: Graph, backend: Backend): Graph {
  const { composites } = backend.capabilities;
  const expanded = expandComposites(graph, (name, dtype) => composites[name]?.includes(dtype) ?? false);
  return expandShared(optimize(expanded));
}

function executableFor(graph: Graph, backend: Backend): Promise<Executable> {
  const cache = caches.get(backend) ?? new Map<string, Promise<Executable>>();
  caches.set(backend, cache);
  const key = graphKey(graph);
  const executable = cache.get(key) ?? backend.compile(prepareGraph(graph, backend));
  // The most recently used stay: a map keeps the order of insertion.
  cache.delete(key);
  cache.set(key, executable);
  executable.catch(() => cache.delete(key));
  if (cache.size > cacheLimit) {
    const [oldest, dropped] = cache.entries().next().value!;
    cache.delete(oldest);
    void dropped.then((each) => each.dispose());
  }
  return executable;
}

function graphKey(graph: Graph): string {
  const positions = new Map<Node, number>(graph.nodes.map((node, i) => [node, i]));
  const lines = graph.nodes.map(
    (node) =>
      `${node.operation}(${node.inputs.map((input) => positions.get(input))})${attributesKey(node.attributes)}`,
  );
  return `${lines.join(';')}>${graph.outputs.map((node) => positions.get(node))}`;
}
