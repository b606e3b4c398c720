import type { Backend, Executable } from '../contracts/backend.js';
import { ArgumentError, DisposedError, ShapeError } from '../errors.js';
import type { Graph } from '../graph/graph.js';
import type { NodeOf } from '../graph/node.js';
import { defaultBackend } from './default-backend.js';
import { formatShape, type Shape, symbol } from './dimension.js';
import { evaluate, prepareGraph } from './evaluate.js';
import { Storage } from './storage.js';
import { Tensor } from './tensor.js';
import { captureConstants, inputNode, tracedArgument } from './trace.js';
import { type FlatTree, flatten, type Leaf } from './tree.js';

/** Leading axes of a tensor: a name makes the axis dynamic, null leaves it static. */
export type DynamicAxes = readonly (string | null)[];

/** Paths name tensors of the argument or whole branches: `'parameters'` stands for everything below it. */
export interface CompileFunctionOptions {
  /**
   * Axes whose sizes may differ from call to call without compiling again. Axes of one name must have one size in
   * one call. `{ images: ['batch'] }`.
   */
  readonly dynamic?: Readonly<Record<string, DynamicAxes>>;
  /**
   * Arguments whose memory the results may take; they are disposed by the call. Training donates parameters and
   * optimiser state.
   */
  readonly donate?: readonly string[];
  /**
   * Arguments that become part of the compiled code, which is faster but compiles anew for other tensors. Tensors
   * that the function captures always do.
   */
  readonly constants?: readonly string[];
  /** The default is the default backend at the first call. */
  readonly backend?: Backend;
}

/** A function that runs as one graph. */
export interface CompiledFunction<Input, Output> {
  /** Computes the results, compiling first if these shapes are new. */
  (input: Input): Promise<Output>;
  /** The optimised graph for an input, as the backend gets it. Compiles nothing. */
  graph(input: Input): Promise<Graph>;
  /** Compiles for an input without running, so that the first call is fast. */
  prepare(input: Input): Promise<void>;
  /** How many graphs have been compiled and are held. */
  readonly compilations: number;
  /** Frees everything compiled. */
  dispose(): Promise<void>;
}

/** One trace of the function, with its compiled graph. */
interface Compilation<Output> {
  readonly executable: Executable;
  /** For each graph input, its position among the argument's leaves. */
  readonly positions: readonly number[];
  readonly output: FlatTree<Output>;
}

/**
 * Makes a function of one tree of tensors into one graph, compiled for each combination of shapes it is
 * called with. The function runs only to be traced: everything in it that is not a tensor operation happens
 * once per compilation. Numbers, strings and booleans in the argument are static, too.
 *
 *     const encode = compile(({ images }: { images: Tensor }) => model.encode(images), {
 *       dynamic: { images: ['batch'] },
 *     });
 */
export function compile<Input, Output>(
  fn: (input: Input) => Output,
  options: CompileFunctionOptions = {},
): CompiledFunction<Input, Output> {
  const compilations = new Map<string, Promise<Compilation<Output>>>();
  const storageNumbers = new WeakMap<Storage, number>();
  let storageCount = 0;
  let disposed = false;

  const numberOf = (storage: Storage): number => {
    const number = storageNumbers.get(storage) ?? storageCount++;
    storageNumbers.set(storage, number);
    return number;
  };

  const signature = (flat: FlatTree<Input>, shapes: readonly Shape[]): string =>
    [
      flat.structure,
      ...flat.leaves.map(({ path, tensor }, i) =>
        covers(options.constants, path)
          ? `constant ${numberOf(tensor.storage!)}`
          : `${tensor.dtype}${formatShape(shapes[i]!)}`,
      ),
    ].join(';');

  const trace = async (flat: FlatTree<Input>, shapes: readonly Shape[], backend: Backend) => {
    const args = new Map<Tensor, NodeOf<'input'>>();
    const positions: number[] = [];
    const traced = flat.leaves.map(({ path, tensor }, i) => {
      if (covers(options.constants, path)) return tensor;
      const argument = tracedArgument(path, shapes[i]!, tensor.dtype);
      args.set(argument, inputNode(path, argument));
      positions.push(i);
      return argument;
    });
    const output = flatten(fn(flat.rebuild(traced)));
    const captured = await captureConstants(
      output.leaves.map((leaf) => leaf.tensor),
      args,
    );
    const graph = prepareGraph(captured, backend);
    const all = [...args.values()];
    return { graph, output, positions: graph.inputs.map((node) => positions[all.indexOf(node)]!) };
  };

  const compilationFor = (flat: FlatTree<Input>): Promise<Compilation<Output>> => {
    if (disposed) throw new DisposedError('this compiled function is gone: dispose() was called on it');
    const shapes = dynamicShapes(flat.leaves, options.dynamic ?? {});
    const key = signature(flat, shapes);
    const known = compilations.get(key);
    if (known !== undefined) return known;
    const build = async (): Promise<Compilation<Output>> => {
      const backend = options.backend ?? defaultBackend();
      const { graph, output, positions } = await trace(flat, shapes, backend);
      const donated = positions.flatMap((at, i) =>
        covers(options.donate, flat.leaves[at]!.path) ? [i] : [],
      );
      return { executable: await backend.compile(graph, { donated }), positions, output };
    };
    const compilation = build();
    compilations.set(key, compilation);
    compilation.catch(() => compilations.delete(key));
    return compilation;
  };

  const flattenInput = (input: Input): FlatTree<Input> => {
    const flat = flatten(input);
    assertPathsExist(flat.leaves, options);
    return flat;
  };

  const evaluateInput = async (input: Input): Promise<FlatTree<Input>> => {
    const flat = flattenInput(input);
    // Nearly always everything has its elements, and calls of a millisecond notice every detour.
    const lazy = flat.leaves.filter(({ tensor }) => tensor.storage === undefined);
    if (lazy.length > 0) await evaluate(lazy.map((leaf) => leaf.tensor));
    return flat;
  };

  const run = async (input: Input): Promise<Output> => {
    const flat = await evaluateInput(input);
    const { executable, positions, output } = await compilationFor(flat);
    const backend = options.backend ?? defaultBackend();
    const buffers = await Promise.all(positions.map((at) => flat.leaves[at]!.tensor.storage!.on(backend)));
    let results: Awaited<ReturnType<Executable['run']>>;
    try {
      results = await executable.run(buffers);
    } finally {
      for (const { path, tensor } of flat.leaves) {
        if (covers(options.donate, path)) tensor.storage?.dispose('it was donated to a compiled function');
      }
    }
    const tensors = results.map((buffer) => {
      const storage = new Storage(buffer.dtype, buffer.shape, { kind: 'device', backend, buffer });
      return new Tensor(buffer, storage);
    });
    return output.rebuild(tensors);
  };

  return Object.defineProperties(run, {
    graph: {
      value: async (input: Input) => {
        const flat = flattenInput(input);
        const shapes = dynamicShapes(flat.leaves, options.dynamic ?? {});
        return (await trace(flat, shapes, options.backend ?? defaultBackend())).graph;
      },
    },
    prepare: {
      value: async (input: Input) => {
        await compilationFor(await evaluateInput(input));
      },
    },
    compilations: { get: () => compilations.size },
    dispose: {
      value: async () => {
        disposed = true;
        const held = [...compilations.values()];
        compilations.clear();
        await Promise.all(held.map(async (each) => (await each).executable.dispose()));
      },
    },
  }) as CompiledFunction<Input, Output>;
}

/** Whether a path is one of those named or lies below one. */
function covers(named: readonly string[] | undefined, path: string): boolean {
  return named?.some((each) => path === each || path.startsWith(`${each}.`)) ?? false;
}

function assertPathsExist(
  leaves: readonly Leaf[],
  { dynamic, donate, constants }: CompileFunctionOptions,
): void {
  const named = { dynamic: Object.keys(dynamic ?? {}), donate: donate ?? [], constants: constants ?? [] };
  for (const [option, paths] of Object.entries(named)) {
    for (const path of paths) {
      if (!leaves.some((leaf) => covers([path], leaf.path))) {
        const available = leaves
          .slice(0, 8)
          .map((leaf) => leaf.path)
          .join(', ');
        throw new ArgumentError(`compile: ${option} names "${path}", and the argument has only ${available}`);
      }
    }
  }
}

/** The shapes to trace with: sizes of dynamic axes become symbols, after checking that they agree. */
function dynamicShapes(leaves: readonly Leaf[], dynamic: Readonly<Record<string, DynamicAxes>>): Shape[] {
  const sizes = new Map<string, { size: number; path: string }>();
  return leaves.map(({ path, tensor }) => {
    const axes = dynamic[path];
    if (axes === undefined) return tensor.shape;
    if (axes.length > tensor.rank) {
      throw new ShapeError(`compile: "${path}" is ${tensor} and dynamic names ${axes.length} axes`);
    }
    return tensor.shape.map((dimension, axis) => {
      const name = axes[axis];
      if (name === undefined || name === null) return dimension;
      const size = dimension as number;
      const known = sizes.get(name);
      if (known !== undefined && known.size !== size) {
        throw new ShapeError(
          `compile: dimension "${name}" is ${known.size} in "${known.path}" and ${size} in "${path}" ${tensor}`,
        );
      }
      sizes.set(name, { size, path });
      return symbol(name);
    });
  });
}
