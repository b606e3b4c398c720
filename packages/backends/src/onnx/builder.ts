import {
  allocate,
  bytesOf,
  type Dimension,
  type DType,
  float32ToFloat16,
  type HostArray,
  type Shape,
} from '@softvq/core';
import type { Node } from '@softvq/core/graph';
import type { OnnxAttributes, OnnxInitializer, OnnxNode } from './protobuf.js';

/** What the engine that will run the model knows beyond the standard operators. */
export interface OnnxDialect {
  /** ONNX Runtime's own operators (`com.microsoft`): products with transposed operands, fused activations. */
  readonly microsoftOperators: boolean;
  /**
   * Whose kernels run the model; `cpu` unless told. Those of ONNX Runtime for WebGPU compute some operators wrongly or
   * roughly, which are then written with others.
   */
  readonly kernels?: 'cpu' | 'webgpu';
}

export const microsoft = 'com.microsoft';

/** The name of a value in the model. */
export type ValueName = string;

/** The values of a quantized weight: int8 elements (in, out), and a float32 scale for each output. */
export interface Int8Weight {
  readonly elements: ValueName;
  readonly scales: ValueName;
}

/** Collects the nodes and initializers of a model, and makes what many operations need: constants and sizes. */
export class OnnxBuilder {
  readonly dialect: OnnxDialect;
  readonly initializers: OnnxInitializer[] = [];
  readonly #nodes: OnnxNode[] = [];
  /** Results of operators that have not got an output's name. */
  readonly #produced = new Set<ValueName>();
  readonly #outputNames = new Map<ValueName, ValueName>();
  /** Values that leave the model, under the names that operators give them. */
  readonly #returned: ValueName[] = [];
  readonly #values = new Map<Node, ValueName>();
  readonly #int8Weights = new Map<Node, Int8Weight>();
  readonly #shared = new Map<string, ValueName>();
  /** Where the run-time value of each symbol can be read: an input and its axis. */
  readonly #symbols = new Map<string, { readonly input: ValueName; readonly axis: number }>();
  #count = 0;

  constructor(dialect: OnnxDialect) {
    this.dialect = dialect;
  }

  /** The name a lowered node has. */
  valueOf(node: Node): ValueName {
    return this.#values.get(node)!;
  }

  hasValue(node: Node): boolean {
    return this.#values.has(node);
  }

  setValue(node: Node, name: ValueName): void {
    this.#values.set(node, name);
  }

  /** The weight of a quantized product, where that is what a node is. */
  int8WeightOf(node: Node): Int8Weight | undefined {
    return this.#int8Weights.get(node);
  }

  setInt8Weight(node: Node, weight: Int8Weight): void {
    this.#int8Weights.set(node, weight);
  }

  /** Notes where symbols of an input's shape can be read. */
  bindSymbols(input: ValueName, shape: Shape): void {
    for (const [axis, size] of shape.entries()) {
      if (typeof size === 'number' || this.#symbols.has(size.key)) continue;
      this.#symbols.set(size.key, { input, axis });
    }
  }

  /** Adds an operator with one output and returns its name. */
  add(
    operator: string,
    inputs: readonly ValueName[],
    attributes: OnnxAttributes = {},
    domain = '',
  ): ValueName {
    return this.addSeveral(1, operator, inputs, attributes, domain)[0]!;
  }

  /** Adds an operator with several outputs and returns their names. */
  addSeveral(
    count: number,
    operator: string,
    inputs: readonly ValueName[],
    attributes: OnnxAttributes = {},
    domain = '',
  ): ValueName[] {
    const outputs = Array.from({ length: count }, () => `v${this.#count++}`);
    for (const output of outputs) this.#produced.add(output);
    this.#nodes.push({ operator, domain, inputs, outputs, attributes });
    return outputs;
  }

  /** Gives a value the name under which the model returns it. */
  output(name: ValueName, value: ValueName): void {
    if (this.#produced.delete(value)) {
      this.#outputNames.set(value, name);
      this.#returned.push(value);
      return;
    }
    // A value that no operator makes, or that is returned twice, needs an operator to carry the name.
    this.#nodes.push({ operator: 'Identity', domain: '', inputs: [value], outputs: [name], attributes: {} });
    this.#returned.push(name);
  }

  /** The operators that the outputs need, with the outputs under their final names. */
  finish(): OnnxNode[] {
    const needed = new Set<ValueName>(this.#returned);
    const kept: OnnxNode[] = [];
    for (const node of this.#nodes.toReversed()) {
      if (!node.outputs.some((name) => needed.has(name))) continue;
      for (const input of node.inputs) needed.add(input);
      kept.push(node);
    }
    const renamed = (names: readonly ValueName[]) => names.map((name) => this.#outputNames.get(name) ?? name);
    return kept
      .reverse()
      .map((node) => ({ ...node, inputs: renamed(node.inputs), outputs: renamed(node.outputs) }));
  }

  /** What `make` adds, made once for each key. */
  once(key: string, make: () => ValueName): ValueName {
    const known = this.#shared.get(key) ?? make();
    this.#shared.set(key, known);
    return known;
  }

  /** Elements that are part of the model file. */
  initializer(dtype: DType, shape: readonly number[], data: HostArray): ValueName {
    const name = `c${this.#count++}`;
    this.initializers.push({ name, dtype, shape, content: bytesOf(data) });
    return name;
  }

  /** One number as a tensor without axes. */
  scalar(value: number, dtype: DType): ValueName {
    const text = Object.is(value, -0) ? '-0' : String(value);
    return this.once(`scalar ${dtype} ${text}`, () => this.initializer(dtype, [], numbersAs(dtype, [value])));
  }

  /** Whole numbers as an int64 vector, as axes, sizes and positions are given. */
  int64(values: readonly number[]): ValueName {
    return this.once(`int64 ${values}`, () =>
      this.initializer('int64', [values.length], numbersAs('int64', values)),
    );
  }

  cast(value: ValueName, from: DType, to: DType, code: number): ValueName {
    return from === to ? value : this.add('Cast', [value], { to: code });
  }

  /** Sizes as an int64 vector, computed at run time where they are symbolic. */
  sizes(dimensions: Shape): ValueName {
    if (dimensions.every((dimension) => typeof dimension === 'number')) return this.int64(dimensions);
    return this.once(`sizes ${dimensions.join(',')}`, () => {
      const parts = dimensions.map((dimension) => this.size(dimension));
      return parts.length === 1 ? parts[0]! : this.add('Concat', parts, { axis: 0 });
    });
  }

  /** One size as an int64 vector of length 1. */
  size(dimension: Dimension): ValueName {
    if (typeof dimension === 'number') return this.int64([dimension]);
    return this.once(`size ${dimension.key}`, () => {
      const terms = dimension.terms.map(({ coefficient, symbols }) => {
        const factors = symbols.map((symbol) => this.#symbol(symbol));
        if (coefficient !== 1 || factors.length === 0) factors.push(this.int64([coefficient]));
        return factors.reduce((product, factor) => this.add('Mul', [product, factor]));
      });
      return terms.reduce((sum, term) => this.add('Add', [sum, term]));
    });
  }

  #symbol(name: string): ValueName {
    return this.once(`symbol ${name}`, () => {
      const { input, axis } = this.#symbols.get(name)!;
      return this.add('Shape', [input], { start: axis, end: axis + 1 });
    });
  }
}

/** Numbers in the host array of an element type. */
export function numbersAs(dtype: DType, values: readonly number[]): HostArray {
  if (dtype === 'float16') return float32ToFloat16(Float32Array.from(values));
  const array = allocate(dtype, values.length);
  for (const [i, value] of values.entries()) {
    if (dtype === 'int64') (array as BigInt64Array)[i] = BigInt(value);
    else (array as Float64Array)[i] = value;
  }
  return array;
}
