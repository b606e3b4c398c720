import { type Backend, tensor } from '@softvq/core';
import { type Node, rewriteGraph } from '@softvq/core/graph';
import { describe, expect, it } from 'vitest';
import { type Check, idOf } from '../src/conformance/check.js';
import { assertNumbersClose } from '../src/conformance/comparison.js';
import { completenessChecks } from '../src/conformance/completeness.js';
import { assertStillGap, gapFinder } from '../src/conformance/gaps.js';
import { type OpenWorkbench, openWorkbench, runCheck } from '../src/conformance/run-checks.js';
import { reference } from '../src/reference/index.js';

/** The reference with some operations replaced by others. */
class BrokenBackend {
  /** Whether anything was replaced since this was last set to false. */
  touched = false;
  readonly #replace: (node: Node) => Node;

  constructor(replace: (node: Node) => Node) {
    this.#replace = replace;
  }

  async create(): Promise<Backend> {
    const truth = await reference();
    return {
      ...truth,
      name: 'broken',
      compile: (graph, options) => {
        const broken = rewriteGraph(graph, (node) => {
          const replaced = this.#replace(node);
          if (replaced !== node) this.touched = true;
          return replaced;
        });
        return truth.compile(broken, options);
      },
    };
  }
}

/** Ids of the checks that fail, and of those that compiled anything broken. */
async function failuresOf(broken: BrokenBackend): Promise<{ failed: string[]; touched: string[] }> {
  const workbench = await openWorkbench(() => broken.create(), undefined);
  const [failed, touched]: [string[], string[]] = [[], []];
  for (const check of workbench.checks) {
    broken.touched = false;
    await runCheck(check, workbench).catch(() => failed.push(idOf(check)));
    if (broken.touched) touched.push(idOf(check));
  }
  await workbench.close();
  return { failed, touched };
}

/** Cases that compute nothing cannot show a mistake. */
const nonEmpty = (id: string) => !/empty|nothing|no images/.test(id);

describe('the kit finds', () => {
  it('a wrong function', async () => {
    const { failed, touched } = await failuresOf(
      new BrokenBackend((node) => (node.operation === 'sigmoid' ? { ...node, operation: 'tanh' } : node)),
    );
    expect(failed).toEqual(touched.filter(nonEmpty));
    expect(failed).toContain('sigmoid/matrix (float64)');
    expect(failed).toContain('silu/matrix (float32)');
    expect(failed).toContain('softplus/matrix (float32 gradient)');
    expect(failed).not.toContain('softplus/matrix (float32)');
  });

  it('an attribute that is ignored', async () => {
    const { failed, touched } = await failuresOf(
      new BrokenBackend((node) =>
        node.operation === 'conv' && node.attributes.dilation.some((step) => step !== 1)
          ? { ...node, attributes: { ...node.attributes, dilation: node.attributes.dilation.map(() => 1) } }
          : node,
      ),
    );
    expect(failed).toEqual(touched.filter(nonEmpty));
    expect(failed).toContain('conv/dilation');
    expect(failed).toContain('conv/1-D, dilation');
    expect(failed).not.toContain('conv/padding');
    // The gradient of a strided kernel is a dilated convolution.
    expect(failed).toContain('conv/stride that leaves rows over (float64 gradient)');
  });

  it('a gradient of the wrong sign', async () => {
    const { failed } = await failuresOf(
      new BrokenBackend((node) =>
        node.operation === 'takeAdd' && node.inputs[0]!.operation === 'fill'
          ? { ...node, inputs: [node.inputs[0]!, node.inputs[1]!, negated(node.inputs[2]!)] }
          : node,
      ),
    );
    expect(failed).toContain('take/rows (float64 gradient)');
    expect(failed.filter((id) => !id.startsWith('take/'))).toEqual([]);
  });
});

function negated(input: Node): Node {
  const { shape, dtype } = input;
  return { operation: 'neg', attributes: {}, inputs: [input], shape, dtype };
}

describe('gaps', () => {
  const check = (name: string, run: Check['run'] = async () => {}): Check => ({ subject: 'conv', name, run });
  const dilated: Check = { ...check('dilation'), dtype: 'float64', aspect: 'gradient' };
  const none = {} as OpenWorkbench;

  it('are found by every name that the output gives', () => {
    for (const operation of [
      'conv',
      'conv (float64)',
      'conv (gradient)',
      'conv/dilation',
      'conv/dilation (float64 gradient)',
    ]) {
      const gap = { operation, reason: 'no kernel' };
      expect(gapFinder([gap], [dilated])(dilated), operation).toBe(gap);
    }
    const gapOf = gapFinder([{ operation: 'conv/dilation', reason: 'no kernel' }], [dilated, check('plain')]);
    expect(gapOf(check('plain'))).toBeUndefined();
  });

  it('must name something and say why', () => {
    expect(() => gapFinder([{ operation: 'convolve', reason: 'no kernel' }], [dilated])).toThrow(
      'the gap "convolve" names no operation and no case',
    );
    expect(() => gapFinder([{ operation: 'conv', reason: ' ' }], [dilated])).toThrow(
      'the gap "conv" has no reason',
    );
  });

  it('must still be there', async () => {
    const gap = { operation: 'conv', reason: 'no kernel' };
    const failing = check('plain', async () => {
      throw new Error('no kernel');
    });
    await expect(assertStillGap(failing, gap, () => failing.run(none))).resolves.toBeUndefined();
    await expect(assertStillGap(check('plain'), gap, async () => {})).rejects.toThrow(
      'the gap "conv" is stale: conv/plain works',
    );
  });
});

describe('the kit itself', () => {
  it('has names that tell its checks apart', async () => {
    const workbench = await openWorkbench(reference, undefined);
    const ids = workbench.checks.map(idOf);
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
    await workbench.close();
  });

  it('notices an operation without a case', async () => {
    const missing = completenessChecks([
      { operation: 'add', name: 'some', inputs: [], compute: () => tensor(1), derivatives: 1 },
    ]);
    for (const { run } of missing) {
      await expect(run({} as OpenWorkbench)).rejects.toThrow(/no case for .*sigmoid/);
    }
  });

  it('compares what is not finite exactly', () => {
    const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
    expect(() => assertNumbersClose([nan, infinity, 1], [nan, infinity, 1], 0, 'x')).not.toThrow();
    for (const [wrong, right] of [
      [1, nan],
      [nan, 1],
      [infinity, -infinity],
      [1e30, infinity],
    ] as const) {
      expect(() => assertNumbersClose([wrong], [right], 1, 'x')).toThrow('must be');
    }
    expect(() => assertNumbersClose([0.1], [0], 0.01, 'x')).toThrow('relative error');
  });
});
