import type { ConstantData, Graph, Node } from '@softvq/core/graph';
import { type Engine, onDevice, type Tensor } from './engine.js';
import { toTensor } from './host-elements.js';
import { arrangements } from './kernels/index.js';

/** The constants of a graph on the device, for as long as its executable lives. */
export interface Constants {
  readonly tensors: ReadonlyMap<Node, Tensor>;
  /** Nodes that find their second operand with its axes in the order of `arrangements`. */
  readonly arranged: ReadonlySet<Node>;
  dispose(): void;
}

/** Uploads constants, those that are only weights in the order of axes that the kernels of tfjs want. */
export async function uploadConstants(engine: Engine, graph: Graph): Promise<Constants> {
  const tensors = new Map<Node, Tensor>();
  const arranged = new Set<Node>();
  const dispose = () => {
    for (const tensor of tensors.values()) tensor.dispose();
    tensors.clear();
  };
  const users = usersOfConstants(graph);
  try {
    for (const [node, data] of graph.constants) {
      const host = await readConstant(data);
      const order = commonOrder(node, users.get(node) ?? [], graph.outputs);
      const what = `constant "${node.attributes.name}"`;
      tensors.set(
        node,
        onDevice(engine, () => {
          const tensor = toTensor(engine, host, what);
          if (order === undefined || host.data.length === 0) return tensor;
          const result = engine.tf.keep(engine.tf.transpose(tensor, [...order]));
          tensor.dispose();
          for (const user of users.get(node)!) arranged.add(user);
          return result;
        }),
      );
    }
  } catch (error) {
    dispose();
    throw error;
  }
  return { tensors, arranged, dispose };
}

async function readConstant(data: ConstantData) {
  return 'read' in data ? data.read() : data;
}

function usersOfConstants({ nodes, constants }: Graph): ReadonlyMap<Node, readonly Node[]> {
  const users = new Map<Node, Node[]>([...constants.keys()].map((node) => [node, []]));
  for (const node of nodes) {
    for (const input of new Set(node.inputs)) users.get(input)?.push(node);
  }
  return users;
}

/** The order of axes that everything wants which uses a constant, if it is nothing but a weight. */
function commonOrder(
  constant: Node,
  users: readonly Node[],
  outputs: readonly Node[],
): readonly number[] | undefined {
  if (outputs.includes(constant)) return undefined;
  const orders = users.map(({ operation, inputs }) => {
    const isWeight = inputs.indexOf(constant) === 1 && inputs.lastIndexOf(constant) === 1;
    return isWeight ? arrangements[operation]?.[constant.shape.length] : undefined;
  });
  return orders.every((order) => order === orders[0]) ? orders[0] : undefined;
}
