import {
  addDimensions,
  type Dimension,
  dimensionsEqual,
  subtractDimensions,
} from '../../tensor/dimension.js';
import type { Graph } from '../graph.js';
import type { Node, NodeOf } from '../node.js';
import { rewriteGraph } from './rewrite.js';

/**
 * Sums of zero-padded parts that lie side by side become one concatenation: what the gradients of `split` add up to.
 * Padding and adding costs a pass over the whole for each part; the concatenation costs one in all.
 */
export function joinPads(graph: Graph): Graph {
  return rewriteGraph(graph, (node) => (node.operation === 'add' ? joined(node) : node));
}

/** A zero pad along one axis, with where its content begins and ends. */
interface PaddedPart {
  readonly axis: number;
  readonly content: Node;
  readonly before: Dimension;
  readonly after: Dimension;
}

function paddedPart(node: Node): PaddedPart | undefined {
  if (node.operation !== 'pad' || node.attributes.value !== 0) return undefined;
  const { before, after } = node.attributes;
  const axes = before.flatMap((count, axis) => (count === 0 && after[axis] === 0 ? [] : [axis]));
  const [axis] = axes;
  if (axes.length !== 1 || axis === undefined) return undefined;
  return { axis, content: node.inputs[0]!, before: before[axis]!, after: after[axis]! };
}

function joined(sum: NodeOf<'add'>): Node {
  const parts = sum.inputs.map(paddedPart);
  const [a, b] = parts;
  if (a === undefined || b === undefined || a.axis !== b.axis) return sum;
  const total = sum.shape[a.axis]!;
  if (dimensionsEqual(subtractDimensions(total, a.after), b.before)) return concatenated(sum, a, b);
  if (dimensionsEqual(subtractDimensions(total, b.after), a.before)) return concatenated(sum, b, a);
  return sum;
}

/** The second part begins where the first ends. */
function concatenated({ shape, dtype }: Node, first: PaddedPart, second: PaddedPart): Node {
  const { axis } = first;
  const pieces = [first.content, second.content].flatMap((part) =>
    part.operation === 'concat' && part.attributes.axis === axis ? part.inputs : [part],
  );
  const size = addDimensions(...pieces.map((piece) => piece.shape[axis]!));
  const concat: Node = {
    operation: 'concat',
    attributes: { axis },
    inputs: pieces,
    shape: shape.with(axis, size),
    dtype,
  };
  if (first.before === 0 && second.after === 0) return concat;
  const only = (count: Dimension): Dimension[] => shape.map((_, other) => (other === axis ? count : 0));
  return {
    operation: 'pad',
    attributes: { before: only(first.before), after: only(second.after), value: 0 },
    inputs: [concat],
    shape,
    dtype,
  };
}
