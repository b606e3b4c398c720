import { test } from 'vitest';
import { setDefaultBackend, compile, valueAndGrad, tensor, transpose, narrow, scaledDotProductAttention, type Tensor } from '@softvq/core';
import { Attention, type TensorRecord } from '@softvq/core/nn';
import * as cpu from '../../../backends/src/cpu/index.js';
test('speed', async () => {
  setDefaultBackend(await (cpu as any).cpu());
  const [B, T, D, H] = [4, 321, 768, 12];
  const att = new Attention(D, { heads: H });
  const x = tensor(Float32Array.from({ length: B * T * D }, (_, i) => Math.sin(i)), { shape: [B, T, D] });
  const variants: Record<string, (m: Attention, x: Tensor) => Tensor> = {
    transposedOnce: (m, x) => m.forward(x),
    splitFirst: (m, x) => {
      const qkv = m.qkv.forward(x);
      const part = (i: number) => transpose(narrow(qkv, 2, i * D, D).reshape([B, T, H, D / H]), [0, 2, 1, 3]);
      return m.proj.forward(transpose(scaledDotProductAttention(part(0), part(1), part(2)), [0, 2, 1, 3]).reshape([B, T, D]));
    },
    threeMatrices: (m, x) => {
      const part = (i: number) => transpose(x.reshape([B * T, D]).matmul(narrow(m.qkv.weight, 0, i * D, D), { transposeB: true }).add(narrow(m.qkv.bias!, 0, i * D, D)).reshape([B, T, H, D / H]), [0, 2, 1, 3]);
      return m.proj.forward(transpose(scaledDotProductAttention(part(0), part(1), part(2)), [0, 2, 1, 3]).reshape([B, T, D]));
    },
    inner3: (m, x) => {
      const qkv = m.qkv.forward(x).reshape([B, T, 3, H, D / H]);
      const part = (i: number) => transpose(narrow(qkv, 2, i, 1).reshape([B, T, H, D / H]), [0, 2, 1, 3]);
      return m.proj.forward(transpose(scaledDotProductAttention(part(0), part(1), part(2)), [0, 2, 1, 3]).reshape([B, T, D]));
    },
  };
  const p = att.parameters();
  for (let round = 0; round < 2; round++) for (const [name, f] of Object.entries(variants)) {
    const fwd = compile(({ x }: { x: Tensor }) => f(att, x));
    const bwd = compile(({ p, x }: { p: TensorRecord; x: Tensor }) => valueAndGrad(({ x, ...q }: TensorRecord) => f(att.with(q), x!).square().mean())({ ...p, x }));
    const time = async (g: () => Promise<unknown>, n: number) => { await g(); await g(); const ts = []; for (let i = 0; i < n; i++) { const t = performance.now(); await g(); ts.push(performance.now() - t); } return ts.sort((a, b) => a - b)[Math.floor(n / 3)]!.toFixed(1); };
    console.log(name, 'forward', await time(() => fwd({ x }), 8), 'train', await time(() => bwd({ p, x }), 6));
    await fwd.dispose(); await bwd.dispose();
  }
}, 300000);
