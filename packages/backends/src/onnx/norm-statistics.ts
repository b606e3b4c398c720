import type { Graph, Node, NodeOf } from '@softvq/core/graph';

/** What a layer norm finds out on its way, where a graph computes it again: the gradient of a norm does. */
export interface NormStatistics {
  readonly norm: NodeOf<'layerNorm'>;
  /** The mean over the last axis, kept with size 1. */
  readonly mean: Node | undefined;
  /** 1 / √(variance + epsilon) over the last axis, kept with size 1. */
  readonly inverseDeviation: Node | undefined;
}

/** Layer norms in float32 and their statistics, under each node that computes one of them. */
export function findNormStatistics({ nodes }: Graph): ReadonlyMap<Node, NormStatistics> {
  const means = new Map<Node, Node>();
  const inverses = new Map<Node, { readonly node: Node; readonly epsilon: number }[]>();
  for (const node of nodes) {
    if (isLastMean(node)) means.set(node.inputs[0]!, node);
    const inverse = inverseDeviationOf(node);
    if (inverse === undefined) continue;
    const { x, epsilon } = inverse;
    inverses.set(x, [...(inverses.get(x) ?? []), { node, epsilon }]);
  }
  const found = new Map<Node, NormStatistics>();
  for (const norm of nodes) {
    if (norm.operation !== 'layerNorm' || norm.dtype !== 'float32') continue;
    const x = norm.inputs[0]!;
    const mean = means.get(x);
    const inverseDeviation = inverses
      .get(x)
      ?.find(({ epsilon }) => epsilon === norm.attributes.epsilon)?.node;
    const statistics = { norm, mean, inverseDeviation };
    for (const node of [mean, inverseDeviation]) if (node !== undefined) found.set(node, statistics);
    if (mean !== undefined || inverseDeviation !== undefined) found.set(norm, statistics);
  }
  return found;
}

function isLastMean(node: Node): node is NodeOf<'mean'> {
  if (node.operation !== 'mean') return false;
  const { axes, keepDims } = node.attributes;
  return keepDims && axes.length === 1 && axes[0] === node.shape.length - 1;
}

/** What a node is 1 / √(variance + epsilon) of, if that is what it is. */
function inverseDeviationOf(node: Node): { readonly x: Node; readonly epsilon: number } | undefined {
  if (node.operation !== 'rsqrt') return undefined;
  const [sum] = node.inputs;
  if (sum?.operation !== 'add') return undefined;
  const [variance, epsilon] = sum.inputs as readonly [Node, Node];
  if (!isLastMean(variance) || epsilon.operation !== 'fill') return undefined;
  const [square] = variance.inputs;
  if (square?.operation !== 'mul' || square.inputs[0] !== square.inputs[1]) return undefined;
  const [centered] = square.inputs;
  if (centered?.operation !== 'sub') return undefined;
  const [x, mean] = centered.inputs as readonly [Node, Node];
  return isLastMean(mean) && mean.inputs[0] === x ? { x, epsilon: epsilon.attributes.value } : undefined;
}
