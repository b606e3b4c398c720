import { cpu } from '@softvq/backends/cpu';
import { compile, gelu, layerNorm, linear, type Tensor, fromHost, setDefaultBackend, scaledDotProductAttention, valueAndGrad, sum, sqrt, minimum, scalar, full, pow } from '@softvq/core';
import { BareProducts, noise } from './bare-rate.js';
import { timeInTurn } from './timing.js';
import { profile } from './profile-util.js';
import ort from 'onnxruntime-node';
const threads = 2;
const backend = await cpu({ threads });
setDefaultBackend(backend);
const [W, L, T, B, H] = [Number(process.argv[2] ?? 256), Number(process.argv[3] ?? 6), Number(process.argv[4] ?? 96), Number(process.argv[5] ?? 32), Number(process.argv[6] ?? 4)];
let seed = 1;
const t = (shape: number[], scale: number) => fromHost({ dtype: 'float32', shape, data: noise(shape.reduce((a, b) => a * b, 1), seed++).map((x) => x * scale) });
type P = Record<string, Tensor>;
const params: P = {};
for (let i = 0; i < L; i++) {
  const s = Math.sqrt(1 / W);
  Object.assign(params, {
    [`${i}.n1w`]: t([W], 1), [`${i}.n1b`]: t([W], 0.1), [`${i}.n2w`]: t([W], 1), [`${i}.n2b`]: t([W], 0.1),
    [`${i}.qkv`]: t([3 * W, W], s), [`${i}.qkvb`]: t([3 * W], s), [`${i}.proj`]: t([W, W], s), [`${i}.projb`]: t([W], s),
    [`${i}.fc1`]: t([4 * W, W], s), [`${i}.fc1b`]: t([4 * W], s), [`${i}.fc2`]: t([W, 4 * W], s / 2), [`${i}.fc2b`]: t([W], s),
  });
}
const forward = (p: P, x: Tensor): Tensor => {
  let h = x;
  for (let i = 0; i < L; i++) {
    const g = (n: string) => p[`${i}.${n}`]!;
    const n1 = layerNorm(h, { weight: g('n1w'), bias: g('n1b'), epsilon: 1e-6 });
    const qkv = linear(n1, g('qkv'), g('qkvb'));
    const [q, k, v] = [0, 1, 2].map((j) => qkv.slice([null, null, { start: j * W, stop: (j + 1) * W }]).reshape([B, T, H, W / H]).transpose([0, 2, 1, 3])) as [Tensor, Tensor, Tensor];
    const a = scaledDotProductAttention(q, k, v).transpose([0, 2, 1, 3]).reshape([B, T, W]);
    h = h.add(linear(a, g('proj'), g('projb')));
    const n2 = layerNorm(h, { weight: g('n2w'), bias: g('n2b'), epsilon: 1e-6 });
    h = h.add(linear(gelu(linear(n2, g('fc1'), g('fc1b'))), g('fc2'), g('fc2b')));
  }
  return h;
};
const rows = B * T;
const bare = await BareProducts.create([
  { rows, inner: W, columns: 3 * W, count: L }, { rows, inner: W, columns: W, count: L },
  { rows, inner: W, columns: 4 * W, count: L }, { rows, inner: 4 * W, columns: W, count: L }], threads);
const attentionFlops = L * 4 * B * T * T * W;
const x = t([B, T, W], 1);
const flops = bare.flops + attentionFlops;
const f = compile(({ x }: { x: Tensor }) => forward(params, x));
await f({ x });
if (process.env['PROFILE'] && process.env['TRAIN'] !== '1') {
  await profile(await f.graph({ x }), [new ort.Tensor('float32', (await x.data()) as Float32Array, x.shape as number[])]);
} else if (process.env['TRAIN'] !== '1') {
  const r = await timeInTurn({ bare: { run: () => bare.run(), flops: bare.flops }, ours: { run: async () => { (await f({ x })).dispose(); }, flops } }, { rounds: 25 });
  console.log('forward', r, r.ours.gigaflops / r.bare.gigaflops);
} else {
type S = { step: Tensor; m: P; v: P; ema: P };
const step = compile(({ p, s, x }: { p: P; s: S; x: Tensor }) => {
  const { value, gradient } = valueAndGrad((q: P) => forward(q, x).square().mean())(p);
  const names = Object.keys(p);
  const norm = sqrt(names.map((n) => sum(gradient[n]!.square())).reduce((a, b) => a.add(b)));
  const clip = minimum(scalar(1).div(norm.add(1e-6)), 1);
  const time = s.step.add(1);
  const c1 = full([], 1).sub(pow(scalar(0.9), time)), c2 = full([], 1).sub(pow(scalar(0.999), time));
  const lr = 1e-4;
  const rate = scalar(lr).div(c1);
  const ic2 = sqrt(c2).pow(-1);
  const np: P = {}, nm: P = {}, nv: P = {}, ne: P = {};
  for (const n of names) {
    const g = gradient[n]!.mul(clip);
    const m = s.m[n]!.add(g.sub(s.m[n]!).mul(0.1));
    const v = s.v[n]!.add(g.square().sub(s.v[n]!).mul(0.001));
    nm[n] = m; nv[n] = v;
    np[n] = p[n]!.mul(1 - lr * 0.01).sub(m.mul(rate).div(sqrt(v).mul(ic2).add(1e-8)));
    ne[n] = s.ema[n]!.add(np[n]!.sub(s.ema[n]!).mul(1e-4));
  }
  return { p: np, s: { step: time, m: nm, v: nv, ema: ne }, loss: value };
}, { donate: ['p', 's'] });
const zeros = (): P => Object.fromEntries(Object.entries(params).map(([n, p]) => [n, fromHost({ dtype: 'float32', shape: p.shape as number[], data: new Float32Array(p.size as number) })]));
const copy = (): P => Object.fromEntries(await0.map(([n, d]) => [n, fromHost({ dtype: 'float32', shape: params[n]!.shape as number[], data: d.slice() as Float32Array })]));
const await0 = await Promise.all(Object.entries(params).map(async ([n, p]) => [n, await p.data()] as const));
let state = { p: copy(), s: { step: fromHost({ dtype: 'float32', shape: [], data: new Float32Array(1) }), m: zeros(), v: zeros(), ema: copy() } as S };
const run = async () => { const out = await step({ ...state, x }); state = { p: out.p, s: out.s }; const l = await out.loss.item(); out.loss.dispose(); return l; };
if (process.env['PROFILE']) { const g = await step.graph({ ...state, x }); const all = new Map<string, Tensor>(); for (const [k, v] of Object.entries(state.p)) all.set('p.' + k, v); for (const kk of ['m', 'v', 'ema'] as const) for (const [k, v] of Object.entries(state.s[kk])) all.set('s.' + kk + '.' + k, v); all.set('s.step', state.s.step); all.set('x', x); await profile(g, await Promise.all(g.inputs.map(async (i) => { const q = all.get(i.attributes.name)!; return new ort.Tensor('float32', (await q.data()) as Float32Array, q.shape as number[]); }))); process.exit(0); }
const t0 = performance.now(); console.log('loss', await run(), 'compile s', (performance.now() - t0) / 1000);
const r = await timeInTurn({ bare: { run: () => bare.run(), flops: bare.flops }, ours: { run, flops: 3 * flops } }, { rounds: Number(process.env['ROUNDS'] ?? 7) });
console.log('train', r, r.ours.gigaflops / r.bare.gigaflops, 'img/s', B / r.ours.seconds, process.memoryUsage().rss / 1e6);
}
