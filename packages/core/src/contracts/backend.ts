import type { Graph } from '../graph/graph.js';
import type { NodeOf } from '../graph/node.js';
import type { CompositeName } from '../graph/table/index.js';
import type { DType, HostArray, HostTensor } from '../tensor/dtype.js';

/** Elements that live where a backend computes. */
export interface DeviceBuffer {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly byteLength: number;
  /** Frees the memory. A second call does nothing. */
  dispose(): void;
}

export interface BackendCapabilities {
  /** Element types that graphs may use. */
  readonly dtypes: readonly DType[];
  /**
   * Composites that the backend runs by kernels of its own, with the element types it has them for; all others reach
   * it as primitives.
   */
  readonly composites: Readonly<Partial<Record<CompositeName, readonly DType[]>>>;
  /** The largest single buffer. */
  readonly maxBufferBytes: number;
  /**
   * What the backend gains by computing in less than float32; nothing unless told. `float16`: products are faster in
   * half precision. `int8`: it understands `CompileOptions.int8Weights`, and `linear` is among its composites.
   */
  readonly precisions?: readonly ('float16' | 'int8')[];
}

export interface CompileOptions {
  /** Positions of graph inputs whose buffers the caller gives up at each run; outputs may take their memory. */
  readonly donated?: readonly number[];
  /**
   * float32 constants, all of them weights of `linear` and nothing else, that are to be held as int8 with a scale for
   * each output, and multiplied by inputs that are quantized as they come. Only for backends with that precision.
   */
  readonly int8Weights?: ReadonlySet<NodeOf<'constant'>>;
}

/** A compiled graph. Calls made while one is running wait for their turn. */
export interface Executable {
  /**
   * One buffer for each output, in order. `inputs` are in the order of `graph.inputs`; their shapes give the
   * symbolic dimensions their values. Donated inputs are unusable afterwards, whether the run succeeds or not.
   *
   * @throws ShapeError or DTypeError for inputs that do not fit (`bindInputs` of `@softvq/core/graph` checks them),
   * DisposedError after `dispose()` of the executable or its backend, BackendError when the engine fails.
   */
  run(inputs: readonly DeviceBuffer[]): Promise<DeviceBuffer[]>;
  dispose(): Promise<void>;
}

/** An engine: compiles graphs and moves data. Made by an async factory. */
export interface Backend {
  readonly specVersion: 1;
  /** Short and lower case: `cpu`, `reference`, `webgpu`. */
  readonly name: string;
  readonly capabilities: BackendCapabilities;
  /** @throws BackendError for what it cannot run, naming the operation. */
  compile(graph: Graph, options?: CompileOptions): Promise<Executable>;
  /** The backend may keep and read `tensor.data` itself instead of copying it; nobody writes to it afterwards. */
  upload(tensor: HostTensor): Promise<DeviceBuffer>;
  /** The elements; not to be written to. */
  download(buffer: DeviceBuffer): Promise<HostArray>;
  dispose(): Promise<void>;
}
