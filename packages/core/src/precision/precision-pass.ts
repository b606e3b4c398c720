import type { Backend, CompileOptions } from '../contracts/backend.js';
import { ArgumentError, BackendError } from '../errors.js';
import type { Graph } from '../graph/graph.js';
import type { Node } from '../graph/node.js';
import { matchesName, type NamePattern } from '../tensor/name-patterns.js';
import { computeInHalf, widenHalf } from './half-precision.js';
import { linearWeights } from './linear-weights.js';
import type { Precision, PrecisionOptions } from './precision.js';

/** How graphs are brought to a precision, and what the backend is told. */
export class PrecisionPass {
  readonly #options: PrecisionOptions;
  readonly #keep: readonly NamePattern[];
  readonly #names: ReadonlySet<string>;

  /**
   * @param names of all constants that have one.
   * @throws ArgumentError for a pattern in `keep` that fits no name.
   */
  constructor(precision: Precision, names: Iterable<string>) {
    this.#options = typeof precision === 'string' ? { compute: precision } : precision;
    this.#keep = this.#options.keep ?? [];
    this.#names = new Set(names);
    for (const pattern of this.#keep) {
      if (![...this.#names].some((name) => matchesName([pattern], name))) {
        throw new ArgumentError(`compile: precision keeps "${pattern}", and ${someNames([...this.#names])}`);
      }
    }
  }

  /** Whether the layer of a constant stays in float32. */
  isKept(name: string): boolean {
    return this.#names.has(name) && matchesName(this.#keep, name);
  }

  /**
   * A graph, not yet expanded for the backend, with everything in the element types it is to be computed in.
   *
   * @throws BackendError when the backend has no int8 products.
   */
  convert(graph: Graph, backend: Backend): Graph {
    const precisions = backend.capabilities.precisions ?? [];
    const { compute } = this.#options;
    if (compute === 'float16' && precisions.includes('float16')) {
      return computeInHalf(graph, (node) => this.#isKeptNode(node));
    }
    if (compute === 'int8' && !precisions.includes('int8')) {
      throw new BackendError(
        `the ${backend.name} backend has no int8 products, which the cpu and wasm backends have; compile with precision ` +
          `${precisions.includes('float16') ? '"float16" or ' : ''}"float32" here`,
      );
    }
    return widenHalf(graph);
  }

  /** What the backend is told about a graph that went through `convert` and is ready for it. */
  compileOptions(graph: Graph): Pick<CompileOptions, 'int8Weights'> {
    if (this.#options.compute !== 'int8') return {};
    const weights = [...linearWeights(graph)].filter((node) => !this.#isKeptNode(node));
    return { int8Weights: new Set(weights) };
  }

  #isKeptNode(node: Node): boolean {
    return node.operation === 'constant' && this.isKept(node.attributes.name);
  }
}

function someNames(names: readonly string[]): string {
  if (names.length === 0) {
    return 'nothing has a name; give them with the option names, such as names: model.stateDict()';
  }
  const more = names.length > 8 ? ` and ${names.length - 8} more` : '';
  return `the names are ${names.slice(0, 8).join(', ')}${more}`;
}
