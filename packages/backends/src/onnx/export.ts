import { ArgumentError, BackendError } from '@softvq/core';
import type { Graph } from '@softvq/core/graph';
import { lowerGraph } from './lower.js';

export interface ExportOptions {
  /** One name for each output; the default is `output0`, …. Inputs have the names the graph gives them. */
  readonly outputNames?: readonly string[];
  /**
   * Whether ONNX Runtime's own operators (`com.microsoft`) may be used, which are faster there and unknown elsewhere.
   * Default false.
   */
  readonly microsoftOperators?: boolean;
}

/** The largest file that the format's tools accept, with room for the operators. */
const largestModel = 2 ** 31 - 2 ** 20;

/**
 * A graph with its constants as the bytes of one `.onnx` file, which stock ONNX Runtime loads.
 *
 *     await writeFile('encoder.onnx', await exportOnnx(await encode.graph({ images })));
 *
 * @param graph of a compiled function: composites are expanded but for those that ONNX has operators for.
 * @throws BackendError above 2 GB.
 */
export async function exportOnnx(graph: Graph, options: ExportOptions = {}): Promise<Uint8Array> {
  const { outputNames, microsoftOperators = false } = options;
  if (outputNames !== undefined && outputNames.length !== graph.outputs.length) {
    throw new ArgumentError(
      `the graph has ${graph.outputs.length} outputs and ${outputNames.length} names were given`,
    );
  }
  if (graph.parameterBytes > largestModel) {
    throw new BackendError(
      `${graph.parameterBytes} bytes of constants do not fit into one .onnx file of 2 GB`,
    );
  }
  const { model } = await lowerGraph(graph, {
    microsoftOperators,
    inlineBelow: Number.POSITIVE_INFINITY,
    inputNames: graph.inputs.map((input) => input.attributes.name),
    ...(outputNames === undefined ? {} : { outputNames }),
  });
  return model;
}
