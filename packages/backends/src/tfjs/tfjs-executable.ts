import { BackendError, type DeviceBuffer, DisposedError, type Executable, SoftVQError } from '@softvq/core';
import {
  type Bindings,
  bindInputs,
  evaluateShape,
  formatSpec,
  type Graph,
  type Node,
} from '@softvq/core/graph';
import { lastUses } from '../last-uses.js';
import { type Constants, uploadConstants } from './constants.js';
import { type Engine, onDevice, type Tensor } from './engine.js';
import { asTfjsType } from './host-elements.js';
import { type AnyKernel, kernelOf } from './kernels/index.js';
import type { TfjsBuffer } from './tfjs-buffer.js';

/** What an executable needs from the backend that made it. */
export interface BufferPool {
  /** @throws DisposedError once the backend is gone, BackendError once its WebGL context is lost. */
  assertAlive(): void;
  /** @throws BackendError for a buffer of another backend. */
  own(buffer: DeviceBuffer): TfjsBuffer;
  adopt(tensor: Tensor): TfjsBuffer;
}

/** Checks that everything in a graph can be computed and puts its constants on the device. */
export async function compileForTfjs(
  engine: Engine,
  graph: Graph,
  donated: readonly number[],
  pool: BufferPool,
  onDispose: (executable: TfjsExecutable) => void,
): Promise<TfjsExecutable> {
  for (const node of graph.nodes) {
    asTfjsType(node.dtype, `the result of ${node.operation}`);
    if (!isSource(node) && kernelOf(node) === undefined) {
      throw new BackendError(`tfjs: no kernel for ${node.operation}`);
    }
  }
  const constants = await uploadConstants(engine, graph);
  return new TfjsExecutable(engine, graph, constants, new Set(donated), pool, onDispose);
}

/**
 * Runs a graph one operation of tfjs after the other. Nothing in a run waits, so it is over before another can begin:
 * calls take turns by themselves.
 */
export class TfjsExecutable implements Executable {
  readonly #engine: Engine;
  readonly #graph: Graph;
  readonly #constants: Constants;
  readonly #donated: ReadonlySet<number>;
  readonly #pool: BufferPool;
  readonly #onDispose: (executable: TfjsExecutable) => void;
  readonly #releases: readonly (readonly Node[])[];
  #disposed = false;

  constructor(
    engine: Engine,
    graph: Graph,
    constants: Constants,
    donated: ReadonlySet<number>,
    pool: BufferPool,
    onDispose: (executable: TfjsExecutable) => void,
  ) {
    this.#engine = engine;
    this.#graph = graph;
    this.#constants = constants;
    this.#donated = donated;
    this.#pool = pool;
    this.#onDispose = onDispose;
    this.#releases = lastUses(graph);
  }

  async run(buffers: readonly DeviceBuffer[]): Promise<DeviceBuffer[]> {
    this.#pool.assertAlive();
    if (this.#disposed) throw new DisposedError('an executable is used after dispose()');
    const own = buffers.map((buffer) => this.#pool.own(buffer));
    try {
      const bindings = bindInputs(this.#graph, own);
      const outputs = onDevice(this.#engine, () => this.#compute(own, bindings));
      return outputs.map((tensor) => this.#pool.adopt(tensor));
    } finally {
      for (const i of this.#donated) own[i]?.dispose();
    }
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#constants.dispose();
    this.#onDispose(this);
  }

  /** Tensors of the outputs, which nobody else holds. */
  #compute(buffers: readonly TfjsBuffer[], bindings: Bindings): Tensor[] {
    const { nodes, inputs, outputs } = this.#graph;
    const values = new Map<Node, Tensor>(this.#constants.tensors);
    // Disposed in this run, unless they go out; the other values belong to somebody else.
    const made = new Set<Node>();
    const givenUp = new Set([...this.#donated].map((i) => buffers[i]!));
    try {
      for (const [i, node] of inputs.entries()) {
        const { tensor } = buffers[i]!;
        const isGivenUp = givenUp.has(buffers[i]!);
        values.set(node, isGivenUp ? tensor.clone() : tensor);
        if (isGivenUp) made.add(node);
      }
      // Their elements live on in the clones, until their last use.
      for (const buffer of givenUp) buffer.dispose();
      for (const [i, node] of nodes.entries()) {
        if (!isSource(node)) {
          values.set(node, this.#step(node, values, bindings));
          made.add(node);
        }
        for (const finished of this.#releases[i]!) {
          if (made.delete(finished)) values.get(finished)!.dispose();
        }
      }
      return outputs.map((node) => {
        const value = values.get(node)!;
        return this.#engine.tf.keep(made.delete(node) ? value : value.clone());
      });
    } catch (error) {
      for (const node of made) values.get(node)!.dispose();
      throw error;
    }
  }

  #step(node: Node, values: ReadonlyMap<Node, Tensor>, bindings: Bindings): Tensor {
    const { tf } = this.#engine;
    const operands = node.inputs.map((input) => values.get(input)!);
    const shape = evaluateShape(node.shape, bindings);
    if (shape.some((size) => size < 0)) {
      throw new BackendError(
        `tfjs: ${node.operation} of ${formatSpec(node)} has a negative size at run time`,
      );
    }
    const step = {
      attributes: node.attributes as never,
      shape,
      dtype: asTfjsType(node.dtype, node.operation),
      bindings,
      arranged: this.#constants.arranged.has(node),
    };
    const kernel = kernelOf(node) as AnyKernel;
    try {
      return tf.tidy(() => {
        // Many kernels of tfjs take nothing for an error, and there is nothing to compute.
        if (shape.includes(0)) return tf.tensor([], shape, step.dtype);
        const result = kernel(this.#engine, operands, step);
        return operands.includes(result) ? result.clone() : result;
      });
    } catch (cause) {
      if (cause instanceof SoftVQError) throw cause;
      throw new BackendError(
        `tfjs (${this.#engine.device}) failed at ${node.operation} of ${formatSpec(node)}: ${(cause as Error).message}`,
        { cause },
      );
    }
  }
}

function isSource(node: Node): boolean {
  return node.operation === 'input' || node.operation === 'constant';
}
