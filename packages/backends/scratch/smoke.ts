import { cpu } from '@softvq/backends/cpu';
import { compile, evaluate, gelu, layerNorm, linear, matmul, memory, setDefaultBackend, softmax, tensor, valueAndGrad, scaledDotProductAttention, type Tensor } from '@softvq/core';
const backend = await cpu({ threads: 2 });
setDefaultBackend(backend);
const a = tensor([[1, 2], [3, 4]]);
const b = a.mul(2).add(1);
console.log(await b.array(), await matmul(a, b).array(), await softmax(a).array());
const f = valueAndGrad((p: { w: Tensor; b: Tensor }, x: Tensor) => gelu(linear(layerNorm(x), p.w, p.b)).square().mean());
const r = f({ w: tensor([[1, 2], [3, 4], [5, 6]]), b: tensor([0, 1, 2]) }, a);
console.log(await r.value.item(), await r.gradient.w.array(), await r.gradient.b.array());
const step = compile(({ w, x }: { w: Tensor; x: Tensor }) => ({ y: linear(x, w), m: x.mean(0), s: x.slice([{ start: -1 }]), r: x.reshape([-1]) }), { dynamic: { x: ['batch'] } });
const w = tensor([[1, 2], [3, 4], [5, 6]]);
for (const n of [1, 3, 5]) {
  const out = await step({ w, x: tensor(Array.from({ length: n }, (_, i) => [i, i + 1])) });
  console.log(await out.y.array(), await out.m.array(), await out.s.array(), await out.r.array());
}
console.log(step.compilations, memory());
console.log(String(await step.graph({ w, x: a })));
try { matmul(a, tensor([[1, 2, 3]])); } catch (e) { console.log(String(e)); }
