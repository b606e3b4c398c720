import type { Backend, DeviceBuffer, Executable } from '../contracts/backend.js';
import { ArgumentError, DisposedError, ShapeError } from '../errors.js';
import type { Graph } from '../graph/graph.js';
import type { NodeOf } from '../graph/node.js';
import { PrecisionPass } from '../precision/index.js';
import type { CompileFunctionOptions, DynamicAxes } from './compile.js';
import { defaultBackend } from './default-backend.js';
import { type Shape, symbol } from './dimension.js';
import { evaluateOn, prepareGraph } from './evaluate.js';
import { Storage } from './storage.js';
import { nameStorages } from './storage-names.js';
import { Tensor } from './tensor.js';
import { captureConstants, inputNode, tracedArgument } from './trace.js';
import { type FlatTree, flatten, type Leaf } from './tree.js';

/** One trace of the function. */
interface Trace<Output> {
  readonly graph: Graph;
  readonly precision: PrecisionPass | undefined;
  /** For each graph input, its position among the argument's leaves. */
  readonly positions: readonly number[];
  readonly output: FlatTree<Output>;
}

interface Compilation<Output> extends Pick<Trace<Output>, 'positions' | 'output'> {
  readonly executable: Executable;
}

/** Traces a function, and holds what was compiled for each signature it is called with. */
export class Compiler<Input, Output> {
  readonly #fn: (input: Input) => Output;
  readonly #options: CompileFunctionOptions;
  readonly #compilations = new Map<string, Promise<Compilation<Output>>>();
  readonly #constantNumbers = new WeakMap<Storage, number>();
  #constantCount = 0;
  #disposed = false;

  constructor(fn: (input: Input) => Output, options: CompileFunctionOptions) {
    this.#fn = fn;
    this.#options = options;
  }

  get compilations(): number {
    return this.#compilations.size;
  }

  async run(input: Input): Promise<Output> {
    const flat = await this.#evaluated(input);
    const { executable, positions, output } = await this.#compilationFor(flat);
    const backend = this.#backend();
    const storages = positions.map((at) => flat.leaves[at]!.tensor.storage!);
    const buffers =
      uploaded(storages, backend) ?? (await Promise.all(storages.map((each) => each.on(backend))));
    let results: Awaited<ReturnType<Executable['run']>>;
    try {
      results = await executable.run(buffers);
    } finally {
      const { donate } = this.#options;
      const donated = donate === undefined ? [] : flat.leaves.filter(({ path }) => covers(donate, path));
      for (const { tensor } of donated) tensor.storage?.dispose('it was donated to a compiled function');
    }
    const tensors = results.map((buffer) => {
      const storage = new Storage(buffer.dtype, buffer.shape, { kind: 'device', backend, buffer });
      return new Tensor(buffer, storage);
    });
    return output.rebuild(tensors);
  }

  async prepare(input: Input): Promise<void> {
    await this.#compilationFor(await this.#evaluated(input));
  }

  async graph(input: Input): Promise<Graph> {
    const flat = flatten(input);
    return (await this.#trace(flat, this.#shapes(flat))).graph;
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    const held = [...this.#compilations.values()];
    this.#compilations.clear();
    await Promise.all(held.map(async (each) => (await each).executable.dispose()));
  }

  #backend(): Backend {
    return this.#options.backend ?? defaultBackend();
  }

  async #evaluated(input: Input): Promise<FlatTree<Input>> {
    const flat = flatten(input);
    // Nearly always everything has its elements, and calls of a millisecond notice every detour.
    if (flat.leaves.some(isLazy)) {
      await evaluateOn(
        () => this.#backend(),
        flat.leaves.map((leaf) => leaf.tensor),
      );
    }
    return flat;
  }

  #shapes({ leaves }: FlatTree<Input>): Shape[] {
    const { dynamic } = this.#options;
    return dynamic === undefined ? leaves.map(({ tensor }) => tensor.shape) : dynamicShapes(leaves, dynamic);
  }

  #compilationFor(flat: FlatTree<Input>): Promise<Compilation<Output>> {
    if (this.#disposed) throw new DisposedError('this compiled function is gone: dispose() was called on it');
    const shapes = this.#shapes(flat);
    const signature = this.#signature(flat, shapes);
    const known = this.#compilations.get(signature);
    if (known !== undefined) return known;
    const compilation = this.#compile(flat, shapes);
    this.#compilations.set(signature, compilation);
    compilation.catch(() => this.#compilations.delete(signature));
    return compilation;
  }

  /** Equal for arguments that one compilation serves. */
  #signature(flat: FlatTree<Input>, shapes: readonly Shape[]): string {
    let signature = flat.structure;
    for (const [i, { path, tensor }] of flat.leaves.entries()) {
      signature += covers(this.#options.constants, path)
        ? `;constant ${this.#constantNumber(tensor.storage!)}`
        : `;${tensor.dtype}${shapes[i]!.join()}`;
    }
    return signature;
  }

  #constantNumber(storage: Storage): number {
    const number = this.#constantNumbers.get(storage) ?? this.#constantCount++;
    this.#constantNumbers.set(storage, number);
    return number;
  }

  async #compile(flat: FlatTree<Input>, shapes: readonly Shape[]): Promise<Compilation<Output>> {
    const { graph, output, positions, precision } = await this.#trace(flat, shapes);
    const donated = positions.flatMap((at, i) =>
      covers(this.#options.donate, flat.leaves[at]!.path) ? [i] : [],
    );
    const options = { donated, ...precision?.compileOptions(graph) };
    return { executable: await this.#backend().compile(graph, options), positions, output };
  }

  async #trace(flat: FlatTree<Input>, shapes: readonly Shape[]): Promise<Trace<Output>> {
    assertPathsExist(flat.leaves, this.#options);
    const args = new Map<Tensor, NodeOf<'input'>>();
    const positions: number[] = [];
    const traced = flat.leaves.map(({ path, tensor }, i) => {
      if (covers(this.#options.constants, path)) return tensor;
      const argument = tracedArgument(path, shapes[i]!, tensor.dtype);
      args.set(argument, inputNode(path, argument));
      positions.push(i);
      return argument;
    });
    const output = flatten(this.#fn(flat.rebuild(traced)));
    if (output.leaves.length === 0) {
      throw new ArgumentError('compile: the function returned no tensor, so there is nothing to compute');
    }
    const named = [
      ...flat.leaves.filter(({ path }) => covers(this.#options.constants, path)),
      ...Object.entries(this.#options.names ?? {}).map(([path, tensor]) => ({ path, tensor })),
    ];
    const precision =
      this.#options.precision === undefined
        ? undefined
        : new PrecisionPass(
            this.#options.precision,
            named.map(({ path }) => path),
          );
    const captured = await captureConstants(
      output.leaves.map((leaf) => leaf.tensor),
      args,
      nameStorages(named, (name) => precision?.isKept(name) ?? false),
    );
    const backend = this.#backend();
    const graph = prepareGraph(precision?.convert(captured, backend) ?? captured, backend);
    const nodes = [...args.values()];
    return {
      graph,
      precision,
      output,
      positions: graph.inputs.map((node) => positions[nodes.indexOf(node)]!),
    };
  }
}

function isLazy({ tensor }: Leaf): boolean {
  return tensor.storage === undefined;
}

/** The buffers of storages that are all on the backend already. */
function uploaded(storages: readonly Storage[], backend: Backend): DeviceBuffer[] | undefined {
  const buffers: DeviceBuffer[] = [];
  for (const storage of storages) {
    const buffer = storage.uploadedTo(backend);
    if (buffer === undefined) return undefined;
    buffers.push(buffer);
  }
  return buffers;
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
