import type { Array as JaxArray } from '@jax-js/jax';
import packageJson from '../../package.json' with { type: 'json' };
import { withWebWorkers } from './jax-workers.js';
import { normEpsilon, optimiser, type Peer, type PeerConfig } from './peer.js';
import { type Start, startInput, startParameters, transposedMatrices } from './start.js';

type Jax = typeof import('@jax-js/jax');
type Parameters = Record<string, JaxArray>;
// A type alias: the library's trees are not inferred through interfaces.
type State = {
  values: Parameters;
  first: Parameters;
  second: Parameters;
  average: Parameters;
  steps: JaxArray;
};

/** jax-js on its WebAssembly device: SIMD, and as many threads as asked for. */
export async function jaxPeer(config: PeerConfig): Promise<Peer> {
  const { jax, release } = await withWebWorkers(config.threads);
  const { numpy: np, tree } = jax;
  jax.defaultDevice('wasm');
  const array = ({ shape, data }: Start): JaxArray => np.array(data.slice()).reshape([...shape]);
  const starts = transposedMatrices(startParameters(config));
  const each = (make: (start: Start) => JaxArray): Parameters =>
    Object.fromEntries(Object.entries(starts).map(([name, start]) => [name, make(start)]));
  let state: State = {
    values: each(array),
    first: each(({ shape }) => np.zeros([...shape])),
    second: each(({ shape }) => np.zeros([...shape])),
    average: each(array),
    steps: np.zeros([]),
  };
  const input = array(startInput(config));
  const step = trainingStep(jax, config);

  return {
    name: `jax-js ${packageJson.devDependencies['@jax-js/jax']} wasm`,
    async step() {
      const next = step(state, input.ref);
      state = next.state;
      const [loss] = await next.loss.data();
      // Kernels run in a queue; the loss is ready long before the parameters.
      await jax.blockUntilReady(state);
      return loss!;
    },
    async dispose() {
      tree.dispose(state);
      input.dispose();
      step.dispose();
      release();
    },
  };
}

/** Forward, backward and update as one compiled function. */
function trainingStep({ jit, nn, numpy: np, tree, valueAndGrad }: Jax, config: PeerConfig) {
  const { layers, width, heads, tokens, batch } = config;
  const size = width / heads;

  const linear = (x: JaxArray, weight: JaxArray, bias: JaxArray): JaxArray => np.matmul(x, weight).add(bias);
  const layerNorm = (x: JaxArray, weight: JaxArray, bias: JaxArray): JaxArray =>
    nn.standardize(x, -1, { epsilon: normEpsilon }).mul(weight).add(bias);

  const attention = (x: JaxArray): JaxArray => {
    const [query, key, value] = np
      .split(x, 3, 1)
      .map((part) => part.reshape([batch, tokens, heads, size])) as [JaxArray, JaxArray, JaxArray];
    // What `nn.dotProductAttention` does, which writes its products as strings that it can only parse from Node 22 on.
    const logits = np.einsum(query.mul(size ** -0.5), [0, 1, 2, 3], key, [0, 4, 2, 3], [0, 2, 1, 4]);
    const mixed = np.einsum(nn.softmax(logits, -1), [0, 1, 2, 3], value, [0, 3, 1, 4], [0, 2, 1, 4]);
    return mixed.reshape([batch * tokens, width]);
  };

  const loss = (values: Parameters, input: JaxArray): JaxArray => {
    let x = input.reshape([batch * tokens, width]);
    for (let layer = 0; layer < layers; layer++) {
      // Each parameter is used once, so that its reference is passed on.
      const parameters = (name: string): [JaxArray, JaxArray] => [
        values[`${layer}.${name}.weight`]!,
        values[`${layer}.${name}.bias`]!,
      ];
      const attended = attention(linear(layerNorm(x.ref, ...parameters('norm1')), ...parameters('attn.qkv')));
      x = x.add(linear(attended, ...parameters('attn.proj')));
      const hidden = linear(layerNorm(x.ref, ...parameters('norm2')), ...parameters('mlp.fc1'));
      // Exact: this device has erf and its complement.
      x = x.add(linear(nn.gelu(hidden, { approximate: false }), ...parameters('mlp.fc2')));
    }
    return np.square(x).mean();
  };

  const { learningRate, beta1, beta2, epsilon, decay, maximumNorm, average: kept } = optimiser;
  return jit((state: State, input: JaxArray): { loss: JaxArray; state: State } => {
    const [value, gradients] = valueAndGrad(loss)(tree.ref(state.values), input);
    const squares = Object.values(gradients).map((gradient) => np.square(gradient.ref).sum());
    const norm = np.sqrt(squares.reduce((sum, square) => sum.add(square)));
    const scale = np.minimum(np.array(maximumNorm).div(norm.add(1e-6)), 1);
    const steps = state.steps.add(1);
    const power = (base: number): JaxArray => np.exp(steps.ref.mul(Math.log(base)));
    const correction = np.sqrt(np.array(1).sub(power(beta2)));
    const rate = correction.ref.mul(learningRate).div(np.array(1).sub(power(beta1)));
    const next: State = { values: {}, first: {}, second: {}, average: {}, steps };
    for (const [name, gradient] of Object.entries(gradients)) {
      const clipped = gradient.mul(scale.ref);
      const first = state.first[name]!.mul(beta1).add(clipped.ref.mul(1 - beta1));
      const second = state.second[name]!.mul(beta2).add(np.square(clipped).mul(1 - beta2));
      const direction = first.ref.div(np.sqrt(second.ref).add(correction.ref.mul(epsilon)));
      const changed = state.values[name]!.mul(1 - learningRate * decay).sub(direction.mul(rate.ref));
      next.average[name] = state.average[name]!.mul(kept).add(changed.ref.mul(1 - kept));
      next.first[name] = first;
      next.second[name] = second;
      next.values[name] = changed;
    }
    for (const scalar of [scale, correction, rate]) scalar.dispose();
    return { loss: value, state: next };
  });
}
