import { encodeModel, type OnnxInitializer, type OnnxNode } from '@softvq/backends/onnx';
import ort from 'onnxruntime-node';
import { noise } from './noise.js';

/** One matrix product x · weightᵀ: x is (rows, inner) and the weight (columns, inner). */
export interface Product {
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
  /** How many of them one run computes, each with a weight of its own. */
  readonly count: number;
}

export function productFlops(products: readonly Product[]): number {
  return products.reduce(
    (sum, { rows, inner, columns, count }) => sum + 2 * rows * inner * columns * count,
    0,
  );
}

export interface BareOptions {
  readonly threads: number;
  /**
   * Whether the session returns the products, which JavaScript then gets copies of, or one row of each: the kernels
   * alone.
   */
  readonly returned: boolean;
}

/** An ONNX Runtime session that computes nothing but the given products: the measure of what is possible. */
export class BareProducts {
  readonly flops: number;
  readonly #session: ort.InferenceSession;
  readonly #feeds: Record<string, ort.Tensor>;

  private constructor(session: ort.InferenceSession, feeds: Record<string, ort.Tensor>, flops: number) {
    this.#session = session;
    this.#feeds = feeds;
    this.flops = flops;
  }

  static async create(
    products: readonly Product[],
    { threads, returned }: BareOptions,
  ): Promise<BareProducts> {
    const nodes: OnnxNode[] = [];
    const weights: { name: string; data: Float32Array; shape: number[] }[] = [];
    const feeds: Record<string, ort.Tensor> = {};
    const outputs: { name: string; dtype: 'float32'; shape: number[] }[] = [];
    const plain = { domain: '', attributes: {} };
    for (const { rows, inner, columns, count } of products) {
      for (let i = 0; i < count; i++) {
        // An input of its own, as in a network, where each product reads what the one before wrote.
        const input = `x${weights.length}`;
        feeds[input] = new ort.Tensor('float32', noise(rows * inner, 1), [rows, inner]);
        const weight = `w${weights.length}`;
        const product = `y${weights.length}`;
        const row = `row${weights.length}`;
        weights.push({
          name: weight,
          data: noise(columns * inner, weights.length + 2),
          shape: [columns, inner],
        });
        nodes.push({
          ...plain,
          operator: 'Gemm',
          inputs: [input, weight],
          outputs: [product],
          attributes: { transB: 1 },
        });
        if (returned) {
          outputs.push({ name: product, dtype: 'float32', shape: [rows, columns] });
        } else {
          // Only one row leaves the engine, so that copying results is not measured.
          nodes.push({
            ...plain,
            operator: 'Slice',
            inputs: [product, 'first', 'second', 'first'],
            outputs: [row],
          });
          outputs.push({ name: row, dtype: 'float32', shape: [1, columns] });
        }
      }
    }
    const initializers: OnnxInitializer[] = weights.map(({ name, data, shape }) => ({
      name,
      dtype: 'float32',
      shape,
      content: { location: name, offset: 0, length: data.byteLength },
    }));
    const position = (name: string, value: number): OnnxInitializer => ({
      name,
      dtype: 'int64',
      shape: [1],
      content: new Uint8Array(BigInt64Array.of(BigInt(value)).buffer),
    });
    const model = encodeModel({
      opsets: [{ domain: '', version: 20 }],
      nodes,
      initializers: [...initializers, position('first', 0), position('second', 1)],
      inputs: Object.entries(feeds).map(([name, { dims }]) => ({ name, dtype: 'float32', shape: [...dims] })),
      outputs,
    });
    const session = await ort.InferenceSession.create(model, {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      extra: { session: { force_spinning_stop: '1' } },
      externalData: weights.map(({ name, data }) => ({ path: name, data: new Uint8Array(data.buffer) })),
    });
    return new BareProducts(session, feeds, productFlops(products));
  }

  async run(): Promise<void> {
    await this.#session.run(this.#feeds);
  }

  async dispose(): Promise<void> {
    await this.#session.release();
  }
}

/** The same products in two sessions: one returns them all, the other keeps all but a row of each. */
export interface BarePair {
  readonly returned: BareProducts;
  readonly kernels: BareProducts;
}

export async function createBarePair(products: readonly Product[], threads: number): Promise<BarePair> {
  return {
    returned: await BareProducts.create(products, { threads, returned: true }),
    kernels: await BareProducts.create(products, { threads, returned: false }),
  };
}
