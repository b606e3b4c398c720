import { BackendError, type DeviceBuffer, DisposedError, type Executable } from '@softvq/core';
import {
  type Bindings,
  bindInputs,
  type ConstantData,
  evaluateShape,
  formatSpec,
  type Graph,
  type Node,
} from '@softvq/core/graph';
import { lastUses } from '../last-uses.js';
import { fromFloat64, toFloat64 } from './elements.js';
import { kernels } from './kernels/index.js';
import type { Kernel } from './kernels/kernel.js';
import type { ReferenceBuffer } from './reference-buffer.js';
import type { Value } from './value.js';

/** What an executable needs from the backend that made it. */
export interface BufferPool {
  /** @throws DisposedError once the backend is gone. */
  assertAlive(): void;
  /** @throws BackendError for a buffer of another backend. */
  own(buffer: DeviceBuffer): ReferenceBuffer;
  create(...spec: ConstructorParameters<typeof ReferenceBuffer>): ReferenceBuffer;
}

/** Reads the constants of a graph and checks that everything in it can be computed. */
export async function interpret(
  graph: Graph,
  donated: readonly number[],
  pool: BufferPool,
): Promise<Executable> {
  const foreign = graph.nodes.find((node) => !isSource(node) && kernelOf(node) === undefined);
  if (foreign !== undefined) throw new BackendError(`reference: no kernel for ${foreign.operation}`);
  const constants = new Map<Node, Value>();
  for (const [node, data] of graph.constants) constants.set(node, await readConstant(data));
  const releases = lastUses(graph);
  let disposed = false;

  // Nothing here waits, so a run is over before another can begin: calls take turns by themselves.
  const run = (buffers: readonly DeviceBuffer[]): DeviceBuffer[] => {
    pool.assertAlive();
    if (disposed) throw new DisposedError('an executable is used after dispose()');
    const own = buffers.map((buffer) => pool.own(buffer));
    try {
      const bindings = bindInputs(graph, own);
      const values = new Map<Node, Value>(constants);
      for (const [i, node] of graph.inputs.entries()) {
        const { dtype, shape, elements } = own[i]!;
        values.set(node, { dtype, shape, data: toFloat64(dtype, elements) });
      }
      for (const [i, node] of graph.nodes.entries()) {
        if (!isSource(node)) values.set(node, compute(node, values, bindings));
        for (const finished of releases[i]!) values.delete(finished);
      }
      return graph.outputs.map((node) => {
        const { dtype, shape, data } = values.get(node)!;
        return pool.create(dtype, shape, fromFloat64(dtype, data));
      });
    } finally {
      for (const i of donated) own[i]?.dispose();
    }
  };

  return {
    run: async (buffers) => run(buffers),
    dispose: async () => {
      disposed = true;
      constants.clear();
    },
  };
}

function isSource(node: Node): boolean {
  return node.operation === 'input' || node.operation === 'constant';
}

function kernelOf({ operation }: Node): Kernel<never> | undefined {
  return (kernels as Partial<Record<string, Kernel<never>>>)[operation];
}

function compute(node: Node, values: ReadonlyMap<Node, Value>, bindings: Bindings): Value {
  const inputs = node.inputs.map((input) => values.get(input)!);
  const shape = evaluateShape(node.shape, bindings);
  if (shape.some((size) => size < 0)) {
    throw new BackendError(
      `reference: ${node.operation} of ${formatSpec(node)} has a negative size at run time`,
    );
  }
  const step = { attributes: node.attributes as never, shape, dtype: node.dtype, bindings };
  return { shape, dtype: node.dtype, data: kernelOf(node)!(inputs, step) };
}

async function readConstant(constant: ConstantData): Promise<Value> {
  const { dtype, shape, data } = 'read' in constant ? await constant.read() : constant;
  return { dtype, shape, data: toFloat64(dtype, data) };
}
