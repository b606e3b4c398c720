import {
  addDimensions,
  type Dimension,
  dimensionsEqual,
  shapesEqual,
  subtractDimensions,
} from '../../tensor/dimension.js';
import type { Graph } from '../graph.js';
import type { Node, NodeOf } from '../node.js';
import { rewriteGraph } from './rewrite.js';

/**
 * Sums of zero-padded parts that lie side by side become one concatenation: what the gradients of `split` add up to,
 * in whatever order. Padding and adding costs a pass over the whole for each part; the concatenation costs one in all.
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
  const terms = termsOf(sum, sum);
  const before = terms.length;
  for (let i = 0; i < terms.length; i++) {
    // What was joined may touch another part.
    for (let j = i + 1; j < terms.length; j++) {
      const both = sideBySide(sum, terms[i]!, terms[j]!) ?? sideBySide(sum, terms[j]!, terms[i]!);
      if (both === undefined) continue;
      terms[i] = both;
      terms.splice(j, 1);
      j = i;
    }
  }
  if (terms.length === before) return sum;
  return terms.reduce((left, right): Node => ({ ...sum, inputs: [left, right] }));
}

/** What a sum adds, also what sums inside it add where parts that do not touch met first. */
function termsOf(node: Node, sum: Node): Node[] {
  const isOuter = node === sum;
  const opens = node.operation === 'add' && (isOuter || node.inputs.some(paddedPart));
  if (!opens || !node.inputs.every(({ shape }) => shapesEqual(shape, sum.shape))) return [node];
  return node.inputs.flatMap((input) => termsOf(input, sum));
}

/** The concatenation of two parts of a sum, if the second begins where the first ends. */
function sideBySide(sum: Node, first: Node, second: Node): Node | undefined {
  const [a, b] = [paddedPart(first), paddedPart(second)];
  if (a === undefined || b === undefined || a.axis !== b.axis) return undefined;
  const end = subtractDimensions(sum.shape[a.axis]!, a.after);
  return dimensionsEqual(end, b.before) ? concatenated(sum, a, b) : undefined;
}

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
