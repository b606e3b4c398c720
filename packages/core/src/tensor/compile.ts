import type { Backend } from '../contracts/backend.js';
import type { Graph } from '../graph/graph.js';
import type { Precision } from '../precision/index.js';
import { Compiler } from './compiler.js';
import type { Tensor } from './tensor.js';

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
  /**
   * Names of tensors that the function captures, such as `model.stateDict()`. `precision` chooses by them, and the
   * graph's text shows them.
   */
  readonly names?: Readonly<Record<string, Tensor>>;
  /** What products of matrices are computed in. Without it, everything is computed in the types it is written in. */
  readonly precision?: Precision;
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
  const compiler = new Compiler(fn, options);
  return Object.defineProperties((input: Input) => compiler.run(input), {
    graph: { value: (input: Input) => compiler.graph(input) },
    prepare: { value: (input: Input) => compiler.prepare(input) },
    compilations: { get: () => compiler.compilations },
    dispose: { value: () => compiler.dispose() },
  }) as CompiledFunction<Input, Output>;
}
