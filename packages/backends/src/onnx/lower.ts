import { BackendError, bytesOf, type HostTensor, type Shape } from '@softvq/core';
import type { ConstantData, Graph, Node, NodeOf } from '@softvq/core/graph';
import { microsoft, OnnxBuilder, type OnnxDialect } from './builder.js';
import type { Lowering } from './lowering/context.js';
import { loweringOf, normalized } from './lowering/index.js';
import { findNormStatistics, type NormStatistics } from './norm-statistics.js';
import {
  elementType,
  encodeModel,
  type OnnxElementType,
  type OnnxExternalData,
  type OnnxInitializer,
  type OnnxValueInfo,
} from './protobuf.js';
import { type LargestInt8, quantizeWeight } from './quantize-weight.js';

/** A model file must remain below 2 GB, so large constants stay outside. */
const defaultInlineBelow = 16_384;

const opset = 20;

/** A constant that the model refers to by name: the engine is told separately where its bytes are. */
export interface ExternalConstant {
  readonly location: string;
  readonly data: Uint8Array;
}

export interface LoweredGraph {
  /** The bytes of the .onnx file. */
  readonly model: Uint8Array;
  /** Names of inputs and outputs in the order of the graph's. */
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** Large constants in host memory. */
  readonly external: readonly ExternalConstant[];
}

export interface LoweringOptions extends OnnxDialect {
  /**
   * Says how the model may refer to a constant's bytes where they are: a location relative to the model's folder.
   * Constants for which it gives nothing are read into memory.
   */
  readonly locate?: (data: ConstantData) => OnnxExternalData | undefined;
  /** Constants below this many bytes are written into the model. Default 16 KiB. */
  readonly inlineBelow?: number;
  /** Weights of `linear` that become int8, and how large its elements may be. Needs `microsoftOperators`. */
  readonly int8?: { readonly weights: ReadonlySet<NodeOf<'constant'>>; readonly largest: LargestInt8 };
  /** Names of the model's inputs and outputs in place of `input0`, … and `output0`, …. */
  readonly inputNames?: readonly string[];
  readonly outputNames?: readonly string[];
}

/**
 * Writes a graph as an ONNX model. Composites must have been expanded, but for `nativeComposites`.
 *
 * @throws BackendError naming an operation that has no lowering.
 */
export async function lowerGraph(graph: Graph, options: LoweringOptions): Promise<LoweredGraph> {
  const builder = new OnnxBuilder(options);
  const external: ExternalConstant[] = [];
  const { inputNames = graph.inputs.map((_, i) => `input${i}`) } = options;
  const { outputNames = graph.outputs.map((_, i) => `output${i}`) } = options;

  for (const [i, input] of graph.inputs.entries()) {
    builder.setValue(input, inputNames[i]!);
    builder.bindSymbols(inputNames[i]!, input.shape);
  }
  const constants: OnnxInitializer[] = [];
  const store = (name: string, dtype: OnnxElementType, shape: readonly number[], bytes: Uint8Array) => {
    constants.push({ name, dtype, shape, content: contentOf(name, bytes, options, external) });
  };
  for (const [i, [node, data]] of [...graph.constants].entries()) {
    const name = `constant${i}`;
    if (options.int8?.weights.has(node)) {
      const weight = quantizeWeight(await hostOf(data), options.int8.largest, node.attributes.name);
      const names = { elements: `${name}.elements`, scales: `${name}.scales` };
      builder.setInt8Weight(node, names);
      store(names.elements, 'int8', weight.shape, new Uint8Array(weight.elements.buffer));
      store(names.scales, 'float32', [weight.scales.length], bytesOf(weight.scales));
      continue;
    }
    builder.setValue(node, name);
    const located = options.locate?.(data);
    if (located === undefined) {
      store(name, data.dtype, data.shape, bytesOf((await hostOf(data)).data));
      continue;
    }
    const storedAs = 'storedAs' in data ? data.storedAs : data.dtype;
    constants.push({ name, dtype: storedAs, shape: data.shape, content: located });
    // The engine does this once, when it loads the model.
    if (storedAs !== data.dtype) {
      builder.setValue(node, builder.add('Cast', [name], { to: elementType(data.dtype) }));
    }
  }
  const statistics = options.kernels === 'webgpu' ? new Map<Node, never>() : findNormStatistics(graph);
  for (const node of graph.nodes) {
    if (node.operation === 'input' || node.operation === 'constant' || builder.hasValue(node)) continue;
    const norm = statistics.get(node);
    if (norm?.norm.inputs.every((input) => builder.hasValue(input))) lowerNormWithStatistics(builder, norm);
    else lowerNode(builder, node);
  }
  for (const [i, output] of graph.outputs.entries()) builder.output(outputNames[i]!, builder.valueOf(output));

  const model = encodeModel({
    opsets: [
      { domain: '', version: opset },
      ...(options.microsoftOperators ? [{ domain: microsoft, version: 1 }] : []),
    ],
    nodes: builder.finish(),
    initializers: [...builder.initializers, ...constants],
    inputs: graph.inputs.map((node, i) => valueInfo(inputNames[i]!, node)),
    outputs: graph.outputs.map((node, i) => valueInfo(outputNames[i]!, node)),
  });
  return { model, inputNames, outputNames, external };
}

function lowerNode(builder: OnnxBuilder, node: Node): void {
  const lowering = loweringOf(node.operation) as Lowering<never> | undefined;
  if (lowering === undefined)
    throw new BackendError(`ONNX has no operator for ${node.operation}; expand it first`);
  const inputs = node.inputs.map((input) => builder.valueOf(input));
  builder.setValue(node, lowering(builder, node as never, inputs));
}

/** A norm that gives its statistics as well, which nothing then computes again. */
function lowerNormWithStatistics(
  builder: OnnxBuilder,
  { norm, mean, inverseDeviation }: NormStatistics,
): void {
  const inputs = norm.inputs.map((input) => builder.valueOf(input));
  const values = normalized(builder, norm, inputs, 3);
  for (const [i, node] of [norm, mean, inverseDeviation].entries()) {
    if (node !== undefined && !builder.hasValue(node)) builder.setValue(node, values[i]!);
  }
}

async function hostOf(data: ConstantData): Promise<HostTensor> {
  return 'data' in data ? data : data.read();
}

/** The bytes themselves, or where they will be found among the external constants. */
function contentOf(
  name: string,
  bytes: Uint8Array,
  { inlineBelow = defaultInlineBelow }: LoweringOptions,
  external: ExternalConstant[],
): OnnxInitializer['content'] {
  if (bytes.byteLength < inlineBelow) return bytes;
  external.push({ location: name, data: bytes });
  return { location: name, offset: 0, length: bytes.byteLength };
}

function valueInfo(
  name: string,
  { dtype, shape }: { dtype: OnnxValueInfo['dtype']; shape: Shape },
): OnnxValueInfo {
  return { name, dtype, shape: shape.map((size) => (typeof size === 'number' ? size : size.key)) };
}
