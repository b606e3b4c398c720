import { encodeModel, type OnnxNode, type OnnxInitializer } from '@softvq/backends/onnx';
import ort from 'onnxruntime-node';
import { noise } from './bare-rate.js';
const [B, T, H, D] = process.argv.slice(2).map(Number) as [number, number, number, number];
const W = H * D;
const i64 = (name: string, v: number[]): OnnxInitializer => ({ name, dtype: 'int64', shape: [v.length], content: new Uint8Array(BigInt64Array.from(v.map(BigInt)).buffer) });
const n = (operator: string, inputs: string[], outputs: string[], attributes: OnnxNode['attributes'] = {}, domain = ''): OnnxNode => ({ operator, inputs, outputs, attributes, domain });
const variants: Record<string, OnnxNode[]> = {
  explicit: [
    n('Reshape', ['x', 's5'], ['r']), n('Transpose', ['r'], ['t'], { perm: [2, 0, 3, 1, 4] }),
    n('Split', ['t'], ['q0', 'k0', 'v0'], { axis: 0, num_outputs: 3 }),
    n('Reshape', ['q0', 's4'], ['q']), n('Reshape', ['k0', 's4'], ['k']), n('Reshape', ['v0', 's4'], ['v']),
    n('FusedMatMul', ['q', 'k'], ['l'], { transB: 1, alpha: { float: D ** -0.5 } }, 'com.microsoft'), n('Softmax', ['l'], ['p'], { axis: -1 }), n('MatMul', ['p', 'v'], ['o']),
    n('Transpose', ['o'], ['ot'], { perm: [0, 2, 1, 3] }), n('Reshape', ['ot', 's3'], ['y']),
  ],
  three: [
    n('Split', ['x'], ['q0', 'k0', 'v0'], { axis: 2, num_outputs: 3 }),
    n('Reshape', ['q0', 's4b'], ['q1']), n('Reshape', ['k0', 's4b'], ['k1']), n('Reshape', ['v0', 's4b'], ['v1']),
    n('Transpose', ['q1'], ['q'], { perm: [0, 2, 1, 3] }), n('Transpose', ['k1'], ['k'], { perm: [0, 2, 1, 3] }), n('Transpose', ['v1'], ['v'], { perm: [0, 2, 1, 3] }),
    n('FusedMatMul', ['q', 'k'], ['l'], { transB: 1, alpha: { float: D ** -0.5 } }, 'com.microsoft'), n('Softmax', ['l'], ['p'], { axis: -1 }), n('MatMul', ['p', 'v'], ['o']),
    n('Transpose', ['o'], ['ot'], { perm: [0, 2, 1, 3] }), n('Reshape', ['ot', 's3'], ['y']),
  ],
  mha: [n('Split', ['x'], ['q', 'k', 'v'], { axis: 2, num_outputs: 3 }), n('MultiHeadAttention', ['q', 'k', 'v'], ['y'], { num_heads: H, scale: { float: D ** -0.5 } }, 'com.microsoft')],
};
const x = new ort.Tensor('float32', noise(B * T * 3 * W, 3), [B, T, 3 * W]);
const best: Record<string, number> = {};
const sessions: Record<string, ort.InferenceSession> = {};
for (const [name, nodes] of Object.entries(variants)) {
  const model = encodeModel({ opsets: [{ domain: '', version: 20 }, { domain: 'com.microsoft', version: 1 }], nodes: [...nodes, n('ReduceSum', ['y', 'ax'], ['z'], { keepdims: 0 })], initializers: [i64('s5', [B, T, 3, H, D]), i64('s4', [B, H, T, D]), i64('s4b', [B, T, H, D]), i64('s3', [B, T, W]), i64('ax', [0, 1, 2])], inputs: [{ name: 'x', dtype: 'float32', shape: [B, T, 3 * W] }], outputs: [{ name: 'z', dtype: 'float32', shape: [] }] });
  sessions[name] = await ort.InferenceSession.create(model, { intraOpNumThreads: 2, interOpNumThreads: 1, graphOptimizationLevel: 'all', logSeverityLevel: 3, extra: { session: { force_spinning_stop: '1' } } });
}
for (let i = 0; i < 20; i++) for (const [name, s] of Object.entries(sessions)) { const t = performance.now(); const r = await s.run({ x }); const e = performance.now() - t; best[name] = Math.min(best[name] ?? 1e9, e); if (i === 0) console.log(name, r['z']!.data); }
console.log(best);
