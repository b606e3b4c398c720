import { ArgumentError, DTypeError, full, ShapeError, type Tensor, tensor, zeros } from '@softvq/core';
import { Attention, BatchNorm, Linear, Module, Sequential, TransformerBlock } from '@softvq/core/nn';
import { beforeAll, describe, expect, it } from 'vitest';
import { useReference } from '../use-reference.js';
import { numbersOf } from './numbers.js';

beforeAll(useReference);

class Head extends Module {
  readonly pos_embed: Tensor;
  readonly scale: Tensor;
  readonly table: Tensor;
  readonly blocks: readonly Linear[];
  readonly adaLN_modulation: { readonly 1: Linear };
  readonly config = { width: 2, names: ['a', 'b'] };

  constructor() {
    super();
    this.pos_embed = zeros([1, 3, 2]);
    this.scale = full([2], 5);
    this.table = tensor([1, 2]);
    this.blocks = [new Linear(2, 2), new Linear(2, 2, { bias: false })];
    this.adaLN_modulation = { 1: new Linear(2, 4) };
    this.mark('frozen', 'pos_embed');
    this.mark('buffer', 'scale');
    this.mark('constant', 'table');
  }

  width(): number {
    return this.config.width;
  }
}

const trainable = [
  'blocks.0.weight',
  'blocks.0.bias',
  'blocks.1.weight',
  'adaLN_modulation.1.weight',
  'adaLN_modulation.1.bias',
];

describe('the names of a module', () => {
  it('follow fields, arrays and plain objects', () => {
    expect(Object.keys(new Head().parameters())).toEqual(trainable);
  });

  it('keep what is not trained apart, and constants out of the state', () => {
    const head = new Head();
    expect(Object.keys(head.buffers())).toEqual(['pos_embed', 'scale']);
    expect(Object.keys(head.stateDict())).toEqual(['pos_embed', 'scale', ...trainable]);
  });

  it('keep modules apart that are marked as a whole', () => {
    class Loss extends Module {
      readonly lpips = { net: new Sequential(new Linear(1, 1, { bias: false }), new BatchNorm(1)) };
      readonly teacher = new BatchNorm(1);
      readonly head = new Linear(1, 1);
      constructor() {
        super();
        this.mark('constant', 'lpips');
        this.mark('frozen', 'teacher');
      }
    }
    const loss = new Loss();
    expect(Object.keys(loss.parameters())).toEqual(['head.weight', 'head.bias']);
    expect(Object.keys(loss.buffers())).toEqual(
      ['weight', 'bias', 'running_mean', 'running_var'].map((name) => `teacher.${name}`),
    );
    expect(loss.parameterCount).toBe(4);
    expect(String(loss)).toContain('    running_mean: float32[1], buffer');
    expect(String(loss)).toContain('    weight: float32[1], frozen');
    expect(String(loss.with({}))).toBe(String(loss));
  });

  it('are those of timm for a transformer block', () => {
    const block = new TransformerBlock(8, { heads: 2, layerScale: 1e-5, qkNorm: true });
    const parts = ['norm1', 'attn.qkv', 'attn.q_norm', 'attn.k_norm', 'attn.proj', 'ls1', 'norm2'];
    const expected = [...parts, 'mlp.fc1', 'mlp.fc2', 'ls2'].flatMap((part) =>
      part.startsWith('ls') ? [`${part}.gamma`] : [`${part}.weight`, `${part}.bias`],
    );
    expect(Object.keys(block.stateDict())).toEqual(expected);
    expect(block.attn.qkv.weight.shape).toEqual([24, 8]);
    expect(block.mlp.fc1.weight.shape).toEqual([32, 8]);
  });

  it('are numbers in a Sequential, functions counted', () => {
    const net = new Sequential(new Linear(2, 3), (x) => x, new Linear(3, 1));
    expect(Object.keys(net.parameters())).toEqual(['0.weight', '0.bias', '2.weight', '2.bias']);
  });

  it('lead to modules, the root first', () => {
    const modules = new Head().namedModules();
    expect([...modules.keys()]).toEqual(['', 'blocks.0', 'blocks.1', 'adaLN_modulation.1']);
    expect(modules.get('blocks.1')).toBeInstanceOf(Linear);
  });

  it('are all in the state of a tensor that has several, and the first is its parameter', () => {
    class Tied extends Module {
      readonly wte = new Linear(2, 2, { bias: false });
      readonly head = { weight: this.wte.weight };
      readonly again = this.wte;
    }
    const tied = new Tied();
    expect(Object.keys(tied.parameters())).toEqual(['wte.weight']);
    expect(Object.keys(tied.stateDict())).toEqual(['wte.weight', 'head.weight', 'again.weight']);
    expect([...tied.namedModules().keys()]).toEqual(['', 'wte']);
    const next = zeros([2, 2]);
    const copy = tied.with({ 'head.weight': next });
    expect(copy.wte.weight).toBe(next);
    expect(copy.head.weight).toBe(next);
    expect(copy.again).toBe(copy.wte);
  });

  it('cannot be given to a module within itself', () => {
    class Loop extends Module {
      inner: Module | undefined;
    }
    const loop = new Loop();
    loop.inner = loop;
    expect(() => loop.parameters()).toThrow(ArgumentError);
    expect(() => loop.parameters()).toThrow('"inner"');
  });
});

describe('Module.parameterCount', () => {
  it('counts trainable and frozen numbers once, and no buffers', () => {
    expect(new Head().parameterCount).toBe(6 + 4 + 2 + 4 + 8 + 4);
    // Figures of timm: a DINOv2 base block.
    expect(new TransformerBlock(768, { heads: 12, layerScale: 1e-5 }).parameterCount).toBe(7_089_408);
  });

  it('makes no elements: a block of 1.2 billion parameters is free', () => {
    expect(new TransformerBlock(10_000, { heads: 100 }).parameterCount).toBeGreaterThan(1.2e9);
  });
});

describe('Module.with', () => {
  it('gives a copy with other tensors and leaves the original alone', () => {
    const head = new Head();
    const before = head.stateDict();
    const weight = zeros([2, 2]);
    const copy = head.with({ 'blocks.0.weight': weight, scale: zeros([2]) });
    expect(copy.blocks[0]!.weight).toBe(weight);
    expect(copy.blocks[1]!.weight).toBe(head.blocks[1]!.weight);
    expect(copy.table).toBe(head.table);
    expect(copy.config).toBe(head.config);
    expect(head.stateDict()).toEqual(before);
    expect(head.blocks[0]!.weight).toBe(before['blocks.0.weight']);
  });

  it('keeps classes, methods and what tensors are for', () => {
    const copy = new Head().with({});
    expect(copy).toBeInstanceOf(Head);
    expect(copy.blocks[0]).toBeInstanceOf(Linear);
    expect(copy.width()).toBe(2);
    expect(Object.keys(copy.buffers())).toEqual(['pos_embed', 'scale']);
    expect(Object.keys(copy.parameters())).toEqual(trainable);
  });

  it('gives a copy that later loading into the original does not change', () => {
    const head = new Head();
    const copy = head.with({});
    const old = copy.blocks[0]!.weight;
    head.loadStateDict({ ...head.stateDict(), 'blocks.0.weight': zeros([2, 2]) });
    expect(head.blocks[0]!.weight).not.toBe(old);
    expect(copy.blocks[0]!.weight).toBe(old);
  });

  it('takes another floating element type, and refuses unknown names, shapes and types', () => {
    const head = new Head();
    expect(head.with({ scale: zeros([2], 'float64') }).scale.dtype).toBe('float64');
    expect(() => head.with({ 'blocks.2.weight': zeros([2, 2]) })).toThrow(ArgumentError);
    expect(() => head.with({ 'blocks.2.weight': zeros([2, 2]) })).toThrow(
      'Head has no "blocks.2.weight"; it has',
    );
    expect(() => head.with({ table: zeros([2]) })).toThrow(ArgumentError);
    expect(() => head.with({ scale: zeros([3]) })).toThrow(ShapeError);
    expect(() => head.with({ scale: zeros([3]) })).toThrow('"scale" is [2] and cannot be replaced by [3]');
    expect(() => head.with({ scale: zeros([2], 'int32') })).toThrow(DTypeError);
  });

  it('takes well under a millisecond a block', () => {
    class Stack extends Module {
      readonly blocks = Array.from(
        { length: 28 },
        () => new TransformerBlock(16, { heads: 2, layerScale: 1 }),
      );
    }
    const stack = new Stack();
    const parameters = stack.parameters();
    for (let i = 0; i < 20; i++) stack.with(parameters);
    const start = performance.now();
    for (let i = 0; i < 20; i++) stack.with(parameters);
    expect((performance.now() - start) / 20 / 28).toBeLessThan(0.5);
  });
});

describe('Module.freeze', () => {
  it('moves parameters to the buffers of a copy', () => {
    const head = new Head();
    const frozen = head.freeze((name) => name.startsWith('blocks.'));
    expect(Object.keys(frozen.parameters())).toEqual(trainable.slice(3));
    expect(Object.keys(frozen.buffers())).toEqual(['pos_embed', 'scale', ...trainable.slice(0, 3)]);
    expect(Object.keys(head.parameters())).toEqual(trainable);
    expect(frozen.blocks[0]!.weight).toBe(head.blocks[0]!.weight);
    expect(frozen.parameterCount).toBe(head.parameterCount);
  });

  it('leaves buffers what they are', () => {
    expect(Object.keys(new BatchNorm(2).freeze(() => true).parameters())).toEqual([]);
  });
});

describe('Module.cast', () => {
  it('converts floating tensors, constants included', async () => {
    const head = new Head().cast('float64');
    expect(head.blocks[0]!.weight.dtype).toBe('float64');
    expect(head.table.dtype).toBe('float64');
    expect(await numbersOf(head.scale)).toEqual([5, 5]);
  });
});

describe('Module.toString', () => {
  it('shows the tree with shapes and counts, alike blocks once', () => {
    class Net extends Module {
      readonly cls_token = zeros([1, 1, 4]);
      readonly blocks = [0, 1, 2].map(() => new Attention(4, { heads: 2 }));
      readonly norm = new BatchNorm(4);
      readonly config = { layers: [1, 2] };
    }
    expect(String(new Net())).toBe(
      [
        'Net, 252 parameters',
        '  cls_token: float32[1, 1, 4]',
        '  blocks.0 to blocks.2: 3 × Attention, 80 parameters',
        '    qkv: Linear, 60 parameters',
        '      weight: float32[12, 4]',
        '      bias: float32[12]',
        '    proj: Linear, 20 parameters',
        '      weight: float32[4, 4]',
        '      bias: float32[4]',
        '  norm: BatchNorm, 8 parameters',
        '    weight: float32[4]',
        '    bias: float32[4]',
        '    running_mean: float32[4], buffer',
        '    running_var: float32[4], buffer',
      ].join('\n'),
    );
  });
});
