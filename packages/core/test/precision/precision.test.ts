import {
  ArgumentError,
  type Backend,
  BackendError,
  type CompileFunctionOptions,
  type CompileOptions,
  compile,
  fromHost,
  fromStored,
  type Graph,
  linear,
  matmul,
  scaledDotProductAttention,
  softmax,
  type Tensor,
  tensor,
} from '@softvq/core';
import { Linear, Module, TransformerBlock } from '@softvq/core/nn';
import { RandomStream } from '@softvq/core/random';
import { beforeAll, describe, expect, it } from 'vitest';
import { reference } from '../../../backends/src/reference/index.js';
import { expandComposites } from '../../src/operations/expand.js';

const random = new RandomStream({ seed: 3, name: 'precision' });

function randomTensor(name: string, shape: readonly number[]): Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  return fromHost({ dtype: 'float32', shape, data: random.child(name).normal(count) });
}

interface Input {
  readonly x: Tensor;
}

/** The reference as a device that declares precisions, noting what it is asked to compile. */
class Device {
  compiled: { graph: Graph; options: CompileOptions }[] = [];

  async create(precisions: Backend['capabilities']['precisions']): Promise<Backend> {
    const truth = await reference();
    const composites = { ...truth.capabilities.composites, linear: ['float32', 'float16'] as const };
    return {
      ...truth,
      name: 'device',
      capabilities: { ...truth.capabilities, composites, ...(precisions && { precisions }) },
      compile: (graph, options = {}) => {
        this.compiled.push({ graph, options });
        return truth.compile(expandComposites(graph, () => false));
      },
    };
  }
}

async function graphOf(
  fn: (input: Input) => unknown,
  x: Tensor,
  options: CompileFunctionOptions,
): Promise<Graph> {
  return compile(fn, options).graph({ x });
}

/** The element types that an operation is computed in. */
function typesOf(graph: Graph, operation: string): string[] {
  return graph.nodes.filter((node) => node.operation === operation).map(({ dtype }) => dtype);
}

/** The element types of named constants. */
function constantTypes(graph: Graph): Record<string, string> {
  return Object.fromEntries([...graph.constants.keys()].map((node) => [node.attributes.name, node.dtype]));
}

class TwoLayers extends Module {
  readonly first = new Linear(6, 5, { random: random.child('first') });
  readonly last = new Linear(5, 4, { random: random.child('last') });

  forward(x: Tensor): Tensor {
    return this.last.forward(this.first.forward(x).mul(2));
  }
}

describe('precision float16', () => {
  let half: Backend;
  let plain: Backend;
  beforeAll(async () => {
    half = await new Device().create(['float16']);
    plain = await new Device().create(undefined);
  });
  const block = new TransformerBlock(12, { heads: 3, random: random.child('block') });
  const forward = ({ x }: Input) => block.forward(x);
  const tokens = randomTensor('tokens', [2, 4, 12]);

  it('computes products in half precision, and norms, softmax and sums in float32', async () => {
    const graph = await graphOf(forward, tokens, { backend: half, precision: 'float16' });
    expect(typesOf(graph, 'linear')).toEqual(['float16', 'float16', 'float16', 'float16']);
    expect(typesOf(graph, 'matmul')).toEqual(['float16', 'float16']);
    for (const operation of ['mean', 'sum', 'exp', 'rsqrt', 'div', 'max']) {
      expect(new Set(typesOf(graph, operation)), operation).toEqual(new Set(['float32']));
    }
    expect(graph.outputs[0]!.dtype).toBe('float32');
    const [residual] = graph.outputs;
    expect(residual!.operation).toBe('add');
  });

  it('stores weights of products half, and those of norms in float32', async () => {
    const graph = await graphOf(forward, tokens, {
      backend: half,
      precision: 'float16',
      names: block.stateDict(),
    });
    const types = constantTypes(graph);
    expect(types['mlp.fc1.weight']).toBe('float16');
    expect(types['attn.qkv.bias']).toBe('float16');
    expect(types['norm1.weight']).toBe('float32');
    const halves = Object.values(types).filter((dtype) => dtype === 'float16').length;
    expect(halves).toBe(8);
    for (const [node, data] of graph.constants) {
      const host = 'data' in data ? data : await data.read();
      expect(host.dtype, node.attributes.name).toBe(node.dtype);
    }
  });

  it('is within the error of half precision of float32', async () => {
    const [exact, rounded] = await Promise.all(
      [undefined, 'float16' as const].map(async (precision) => {
        const options = { backend: half, ...(precision && { precision }) };
        return Array.from((await (await compile(forward, options)({ x: tokens })).host()).data, Number);
      }),
    );
    const error = Math.hypot(...exact!.map((value, i) => value - rounded![i]!)) / Math.hypot(...exact!);
    expect(error).toBeGreaterThan(1e-6);
    expect(error).toBeLessThan(1e-3);
  });

  it('keeps the softmax of attention and its mask out of half precision', async () => {
    const mask = tensor([[0, -1e9]]);
    const attend = ({ x }: Input) => scaledDotProductAttention(x, x, x, { mask });
    const x = randomTensor('attended', [1, 2, 4]);
    const graph = await graphOf(attend, x, { backend: half, precision: 'float16' });
    expect(typesOf(graph, 'exp')).toEqual(['float32']);
    const result = await compile(attend, { backend: half, precision: 'float16' })({ x });
    const rows = (await result.array()) as number[][][];
    const [first] = (await x.array()) as number[][][];
    // Only the first row may be looked at, by both.
    for (const row of rows[0]!) {
      for (const [i, value] of row.entries()) expect(value).toBeCloseTo(first![0]![i]!, 2);
    }
  });

  it('keeps layers in float32 by name, by module and by pattern', async () => {
    const names = block.stateDict();
    for (const [keep, kept] of [
      [['mlp.fc1.weight'], 1],
      [['mlp'], 2],
      [[/fc1|qkv/], 2],
      [['attn', /^mlp/], 4],
    ] as const) {
      const graph = await graphOf(forward, tokens, {
        backend: half,
        names,
        precision: { compute: 'float16', keep },
      });
      const types = typesOf(graph, 'linear');
      expect(types.filter((dtype) => dtype === 'float32').length, String(keep)).toBe(kept);
    }
  });

  it('keeps a layer whose weight is moved before its product', async () => {
    const weight = randomTensor('moved', [4, 6]);
    const graph = await graphOf(({ x }) => matmul(x, weight.transpose()), randomTensor('x', [2, 6]), {
      backend: half,
      names: { weight },
      precision: { compute: 'float16', keep: ['weight'] },
    });
    expect(typesOf(graph, 'matmul')).toEqual(['float32']);
    expect(constantTypes(graph)).toEqual({ weight: 'float32' });
  });

  it('widens everything where the device does not compute in half precision', async () => {
    const model = new TwoLayers().cast('float16');
    const x = randomTensor('x', [3, 6]);
    for (const precision of ['float16', 'float32'] as const) {
      const graph = await graphOf(({ x }) => model.forward(x.cast('float16')), x, {
        backend: plain,
        precision,
      });
      expect(graph.nodes.filter(({ operation }) => operation === 'linear').map(({ dtype }) => dtype)).toEqual(
        ['float32', 'float32'],
      );
      expect(graph.outputs[0]!.dtype).toBe('float16');
      expect([...graph.constants.keys()].map(({ dtype }) => dtype)).toEqual(Array(4).fill('float32'));
    }
  });

  it('reads half weights of a file when it compiles, and not before', async () => {
    let reads = 0;
    const weight = fromStored({
      dtype: 'float16',
      storedAs: 'float16',
      shape: [2, 2],
      read: async () => {
        reads += 1;
        return { dtype: 'float16', shape: [2, 2], data: Uint16Array.of(0x3c00, 0x4000, 0xbc00, 0x3800) };
      },
    });
    const fn = ({ x }: Input) => linear(x.cast('float16'), weight).cast('float32');
    const run = compile(fn, { backend: plain, precision: 'float32' });
    const x = tensor([[1, 10]]);
    const graph = await run.graph({ x });
    expect(reads).toBe(0);
    expect(graph.nodes.some(({ dtype }) => dtype === 'float16')).toBe(false);
    expect(await (await run({ x })).array()).toEqual([[21, 4]]);
  });

  it('leaves float64 and whole numbers alone', async () => {
    const weight = tensor(Float64Array.of(1, 2, 3, 4), { shape: [2, 2] });
    const fn = ({ x }: Input) => ({
      wide: matmul(x.cast('float64'), weight),
      indices: softmax(x).greater(0.5).cast('int32'),
    });
    const graph = await graphOf(fn, tensor([[1, 2]]), { backend: half, precision: 'float16' });
    expect(typesOf(graph, 'matmul')).toEqual(['float64']);
    expect(graph.outputs.map(({ dtype }) => dtype)).toEqual(['float64', 'int32']);
  });
});

describe('precision int8', () => {
  const model = new TwoLayers();
  const x = randomTensor('x', [3, 6]);
  const forward = ({ x }: Input) => model.forward(x);

  async function int8WeightsOf(fn: (input: Input) => unknown, options: CompileFunctionOptions) {
    const device = new Device();
    const backend = await device.create(['int8']);
    await compile(fn, { ...options, backend }).prepare({ x });
    const { graph, options: given } = device.compiled[0]!;
    for (const node of given.int8Weights ?? []) expect(graph.constants.has(node)).toBe(true);
    return [...(given.int8Weights ?? [])].map((node) => node.attributes.name);
  }

  it('tells the backend the weights of linear layers, but for those kept', async () => {
    const names = model.stateDict();
    expect(await int8WeightsOf(forward, { names, precision: 'int8' })).toEqual([
      'first.weight',
      'last.weight',
    ]);
    expect(await int8WeightsOf(forward, { names, precision: { compute: 'int8', keep: ['last'] } })).toEqual([
      'first.weight',
    ]);
    expect(await int8WeightsOf(forward, { names })).toEqual([]);
    expect(await int8WeightsOf(forward, { names, precision: 'float32' })).toEqual([]);
  });

  it('leaves weights alone that are used for anything else', async () => {
    const { first } = model;
    const tied = ({ x }: Input) => [first.forward(x), first.weight.sum()];
    const returned = ({ x }: Input) => [first.forward(x), first.weight];
    const computed = ({ x }: Input) => linear(x, first.weight.mul(2));
    for (const fn of [tied, returned, computed]) {
      expect(await int8WeightsOf(fn, { names: model.stateDict(), precision: 'int8' })).toEqual([]);
    }
  });

  it('names constant arguments by their path', async () => {
    const device = new Device();
    const backend = await device.create(['int8']);
    const run = compile(
      ({ x, parameters }: Input & { parameters: Record<string, Tensor> }) =>
        model.with(parameters).forward(x),
      {
        backend,
        constants: ['parameters'],
        precision: { compute: 'int8', keep: ['parameters.first.weight'] },
      },
    );
    await run.prepare({ x, parameters: model.parameters() });
    const { int8Weights } = device.compiled[0]!.options;
    expect([...int8Weights!].map((node) => node.attributes.name)).toEqual(['parameters.last.weight']);
  });

  it('keeps a tensor of several names by any of them', async () => {
    const weight = randomTensor('shared', [6, 6]);
    const names = { 'embedding.weight': weight, 'head.weight': weight };
    const fn = ({ x }: Input) => linear(x, weight);
    for (const keep of ['embedding', 'head']) {
      expect(await int8WeightsOf(fn, { names, precision: { compute: 'int8', keep: [keep] } })).toEqual([]);
    }
  });

  it('is refused by backends without it', async () => {
    const backend = await new Device().create(['float16']);
    const run = compile(forward, { backend, precision: 'int8' });
    await expect(run({ x })).rejects.toThrow(BackendError);
    await expect(run({ x })).rejects.toThrow(
      'the device backend has no int8 products, which the cpu and wasm backends have; compile with precision "float16" or "float32"',
    );
  });

  it('refuses to keep what no name fits', async () => {
    const backend = await new Device().create(['int8']);
    const run = (options: CompileFunctionOptions) => compile(forward, { backend, ...options })({ x });
    const misspelt = run({ names: model.stateDict(), precision: { compute: 'int8', keep: ['lsat'] } });
    await expect(misspelt).rejects.toThrow(ArgumentError);
    await expect(misspelt).rejects.toThrow('keeps "lsat", and the names are first.weight, first.bias');
    await expect(run({ precision: { compute: 'int8', keep: [/constant/] } })).rejects.toThrow(
      'give them with the option names, such as names: model.stateDict()',
    );
  });
});

it('names of captured tensors show in the text of the graph', async () => {
  const model = new TwoLayers();
  const backend = await reference();
  const x = randomTensor('x', [1, 6]);
  const graph = await graphOf(({ x }) => model.forward(x), x, { backend, names: model.stateDict() });
  expect(String(graph)).toContain('constant "first.weight" float32[5, 6]');
});
