import type { GradSaveFunc, Rank, Tensor, Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs';
import { normEpsilon, optimiser, type Peer, type PeerConfig } from './peer.js';
import { startInput, startParameters, transposedMatrices } from './start.js';
import { threadedWasm } from './tfjs-threads.js';

type Tfjs = typeof import('@tensorflow/tfjs');

/** The build comes with this many workers. */
const mostThreads = 8;

/** What AdamW and the moving average keep for one parameter. */
interface Trained {
  readonly value: Variable<Rank>;
  readonly first: Variable<Rank>;
  readonly second: Variable<Rank>;
  readonly average: Variable<Rank>;
}

/** TensorFlow.js on its WebAssembly backend: SIMD, and as many threads as asked for. */
export async function tfjsPeer(config: PeerConfig): Promise<Peer> {
  const tf = await start(config.threads);
  const parameters = new Map<string, Trained>();
  for (const [name, { shape, data }] of Object.entries(transposedMatrices(startParameters(config)))) {
    const value = tf.tensor(data, [...shape]);
    const zeros = tf.zeros([...shape]);
    parameters.set(name, {
      value: tf.variable(value),
      first: tf.variable(zeros, false),
      second: tf.variable(zeros, false),
      average: tf.variable(value, false),
    });
    tf.dispose([value, zeros]);
  }
  const { layers, width, heads, tokens, batch } = config;
  const rows = batch * tokens;
  const input = tf.tensor2d(startInput(config).data, [rows, width]);
  const ops = operations(tf, rows);
  const variables = [...parameters.values()].map(({ value }) => value);

  const attention = (x: Tensor): Tensor => {
    const size = width / heads;
    const parts = tf
      .split(x, 3, 1)
      .map((part) =>
        tf.reshape(tf.transpose(tf.reshape(part, [batch, tokens, heads, size]), [0, 2, 1, 3]), [
          batch * heads,
          tokens,
          size,
        ]),
      );
    const [query, key, value] = parts as [Tensor, Tensor, Tensor];
    // A stack of products never takes the fast path, and picking its matrices out one by one costs more than it saves.
    const logits = tf.matMul(tf.mul(query, size ** -0.5), key, false, true);
    const mixed = tf.matMul(tf.softmax(logits), value);
    return tf.reshape(tf.transpose(tf.reshape(mixed, [batch, heads, tokens, size]), [0, 2, 1, 3]), [
      rows,
      width,
    ]);
  };

  const loss = (): Tensor<Rank.R0> => {
    let x: Tensor = input;
    for (let layer = 0; layer < layers; layer++) {
      const parameter = (name: string): Tensor => parameters.get(`${layer}.${name}`)!.value;
      const norm = (x: Tensor, name: string): Tensor =>
        ops.layerNorm(x, parameter(`${name}.weight`), parameter(`${name}.bias`));
      const linear = (x: Tensor, name: string): Tensor =>
        ops.linear(x, parameter(`${name}.weight`), parameter(`${name}.bias`));
      x = tf.add(x, linear(attention(linear(norm(x, 'norm1'), 'attn.qkv')), 'attn.proj'));
      x = tf.add(x, linear(ops.gelu(linear(norm(x, 'norm2'), 'mlp.fc1')), 'mlp.fc2'));
    }
    return tf.mean(tf.square(x));
  };

  const { learningRate, beta1, beta2, epsilon, decay, maximumNorm, average: kept } = optimiser;
  let steps = 0;
  const update = (grads: Readonly<Record<string, Tensor>>): void => {
    steps++;
    // Kernels of this backend run when they are called, so that reading a value waits for nothing.
    const squares = Object.values(grads).map((gradient) => tf.sum(tf.square(gradient)));
    const norm = Math.sqrt(tf.addN(squares).dataSync()[0]!);
    const scale = Math.min(1, maximumNorm / (norm + 1e-6));
    const correction = Math.sqrt(1 - beta2 ** steps);
    const rate = (learningRate * correction) / (1 - beta1 ** steps);
    for (const { value, first, second, average } of parameters.values()) {
      tf.tidy(() => {
        const gradient = grads[value.name]!;
        first.assign(tf.add(tf.mul(first, beta1), tf.mul(gradient, scale * (1 - beta1))));
        second.assign(tf.add(tf.mul(second, beta2), tf.mul(tf.square(gradient), scale ** 2 * (1 - beta2))));
        const direction = tf.div(first, tf.add(tf.sqrt(second), epsilon * correction));
        value.assign(tf.sub(tf.mul(value, 1 - learningRate * decay), tf.mul(direction, rate)));
        average.assign(tf.add(tf.mul(average, kept), tf.mul(value, 1 - kept)));
      });
    }
  };

  return {
    name: `tfjs ${tf.version.tfjs} wasm`,
    async step() {
      const result = tf.tidy(() => {
        const { value, grads } = tf.variableGrads(loss, variables);
        update(grads);
        return value;
      });
      const [value] = await result.data();
      result.dispose();
      return value!;
    },
    async dispose() {
      for (const trained of parameters.values()) tf.dispose(Object.values(trained));
      input.dispose();
      ops.dispose();
    },
  };
}

async function start(threads: number): Promise<Tfjs> {
  // CommonJS on Node: everything is also on the default export, some of it only there.
  const { default: tf } = (await import('@tensorflow/tfjs')) as unknown as { default: Tfjs };
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  const wanted = Math.min(threads, mostThreads);
  if (tf.findBackend('wasm') === null) {
    wasm.setThreadsCount(wanted);
    const ready = await (wanted > 1 ? threadedWasm(tf, wanted) : tf.setBackend('wasm'));
    if (!ready) throw new Error('tfjs: the wasm backend did not start');
  }
  if (wasm.getThreadsCount() !== wanted) {
    throw new Error(`tfjs: this process runs it with ${wasm.getThreadsCount()} threads, not ${wanted}`);
  }
  return tf;
}

/**
 * The operations whose gradients, as the library has them, leave this backend's fast path: its matrix product runs in
 * XNNPACK, with SIMD and threads, only for one pair of matrices and no transposition flag (which every gradient of a
 * product sets); anything else takes a scalar loop, ten times slower. Summing over rows transposes first.
 */
function operations(tf: Tfjs, rows: number) {
  const one = tf.ones<Rank.R2>([1, rows]);

  const sumOverRows = (x: Tensor2D): Tensor1D => tf.reshape(tf.matMul(one, x), [-1]);

  /** leftᵀ · right, transposing the smaller of the two. */
  const transposedProduct = (left: Tensor2D, right: Tensor2D): Tensor =>
    left.shape[1] <= right.shape[1]
      ? tf.matMul(tf.transpose(left), right)
      : tf.transpose(tf.matMul(tf.transpose(right), left));

  const linear = differentiable(
    tf,
    ([x, weight, bias]: [Tensor2D, Tensor2D, Tensor1D]) => ({
      value: tf.fused.matMul({ a: x, b: weight, bias }),
      saved: [x, weight],
    }),
    (dy, [x, weight]: [Tensor2D, Tensor2D]) => [
      tf.matMul(dy, tf.transpose(weight)),
      transposedProduct(x, dy as Tensor2D),
      sumOverRows(dy as Tensor2D),
    ],
  );

  const layerNorm = differentiable(
    tf,
    ([x, weight, bias]: [Tensor2D, Tensor1D, Tensor1D]) => {
      const centred = tf.sub(x, tf.mean(x, -1, true));
      const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), normEpsilon));
      const normalised = tf.mul<Tensor2D>(centred, inverse);
      return { value: tf.add(tf.mul(normalised, weight), bias), saved: [normalised, inverse, weight] };
    },
    (dy, [normalised, inverse, weight]: [Tensor2D, Tensor, Tensor1D]) => {
      const inner = tf.mul(dy, weight);
      const along = tf.mul(normalised, tf.mean(tf.mul(inner, normalised), -1, true));
      return [
        tf.mul(tf.sub(tf.sub(inner, tf.mean(inner, -1, true)), along), inverse),
        sumOverRows(tf.mul(dy, normalised)),
        sumOverRows(dy as Tensor2D),
      ];
    },
  );

  /** Exact: this backend has a kernel for erf. */
  const gelu = differentiable(
    tf,
    ([x]: [Tensor]) => {
      const share = tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);
      return { value: tf.mul(x, share), saved: [x, share] };
    },
    (dy, [x, share]: [Tensor, Tensor]) => {
      const density = tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
      return [tf.mul(dy, tf.add(share, tf.mul(x, density)))];
    },
  );

  return { linear, layerNorm, gelu, dispose: () => one.dispose() };
}

/** `tf.customGrad` with the inputs and the saved tensors as lists of their own. */
function differentiable<Inputs extends Tensor[], Saved extends Tensor[]>(
  tf: Tfjs,
  forward: (inputs: Inputs) => { value: Tensor; saved: [...Saved] },
  backward: (dy: Tensor, saved: Saved) => Tensor[],
): (...inputs: Tensor[]) => Tensor {
  return tf.customGrad((...args) => {
    const save = args.pop() as GradSaveFunc;
    const { value, saved } = forward(args as Inputs);
    save(saved);
    return { value, gradFunc: (dy: Tensor, kept: Tensor[]) => backward(dy, kept as Saved) };
  });
}
