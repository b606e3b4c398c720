import { addDimensions, type Dimension, dimensionsEqual, shapesEqual } from '../../tensor/dimension.js';
import type { Graph } from '../graph.js';
import type { Node, NodeOf } from '../node.js';
import { isFill } from './constant-folding.js';
import { rewriteGraph } from './rewrite.js';

/** Drops operations that change nothing and joins chains of reshapes, transposes and casts. */
export function simplify(graph: Graph): Graph {
  return rewriteGraph(graph, (node) => {
    const simplified = simplifyNode(node);
    // A joined chain may itself have become a no-op.
    return simplified === node ? node : simplifyNode(simplified);
  });
}

function simplifyNode(node: Node): Node {
  const [first, second] = node.inputs;
  switch (node.operation) {
    case 'identity':
    case 'stopGradient':
      return first!;
    case 'cast':
      return node.dtype === first!.dtype ? first! : node;
    case 'reshape':
      if (first!.operation === 'reshape') return { ...node, inputs: first!.inputs };
      return shapesEqual(node.shape, first!.shape) ? first! : node;
    case 'broadcastTo':
      return shapesEqual(node.shape, first!.shape) ? first! : node;
    case 'transpose': {
      if (first!.operation === 'transpose') {
        const inner = first!.attributes.permutation;
        const permutation = node.attributes.permutation.map((axis) => inner[axis]!);
        return { ...node, inputs: first!.inputs, attributes: { permutation } };
      }
      return node.attributes.permutation.every((axis, i) => axis === i) ? first! : node;
    }
    case 'slice': {
      const { starts, steps } = node.attributes;
      const whole = starts.every((start) => start === 0) && steps.every((step) => step === 1);
      return whole && shapesEqual(node.shape, first!.shape) ? first! : node;
    }
    case 'pad':
      return addDimensions(...node.attributes.before, ...node.attributes.after) === 0 ? first! : node;
    case 'concat':
      return node.inputs.length === 1 ? first! : (cutApart(node) ?? node);
    case 'sum':
    case 'mean':
    case 'max':
    case 'min':
    case 'prod':
      return node.attributes.axes.length === 0 ? first! : node;
    case 'add':
      return neutral(node, second!, first!, 0) ?? neutral(node, first!, second!, 0) ?? node;
    case 'sub':
      return neutral(node, second!, first!, 0) ?? node;
    case 'mul':
      return neutral(node, second!, first!, 1) ?? neutral(node, first!, second!, 1) ?? node;
    case 'div':
    case 'pow':
      return neutral(node, second!, first!, 1) ?? node;
    default:
      return node;
  }
}

/** What a concatenation puts together again, when its operands are all parts of one tensor in their order. */
function cutApart({ inputs, attributes: { axis }, shape }: NodeOf<'concat'>): Node | undefined {
  const source = inputs[0]!.inputs[0];
  if (source === undefined || !shapesEqual(shape, source.shape)) return undefined;
  let end: Dimension = 0;
  for (const part of inputs) {
    if (part.operation !== 'slice' || part.inputs[0] !== source) return undefined;
    const { starts, steps } = part.attributes;
    const begins = starts.every((start, i) => dimensionsEqual(start, i === axis ? end : 0));
    if (!begins || steps.some((step) => step !== 1)) return undefined;
    end = addDimensions(end, part.shape[axis]!);
  }
  return source;
}

/** `kept` when the operand is the neutral number everywhere and does not stretch the result. */
function neutral(node: Node, operand: Node, kept: Node, value: number): Node | undefined {
  return shapesEqual(node.shape, kept.shape) && isFill(operand) && operand.attributes.value === value
    ? kept
    : undefined;
}
