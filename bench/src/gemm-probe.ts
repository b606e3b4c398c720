import { encodeModel, type OnnxNode, type OnnxInitializer } from '@softvq/backends/onnx';
import ort from 'onnxruntime-node';
import { noise } from './bare-rate.js';
const [M, K, N] = process.argv.slice(2).map(Number) as [number, number, number];
const C = 6;
const n = (operator: string, inputs: string[], outputs: string[], attributes: OnnxNode['attributes'] = {}, domain = ''): OnnxNode => ({ operator, inputs, outputs, attributes, domain });
const f32 = (name: string, shape: number[], s: number): OnnxInitializer => ({ name, dtype: 'float32', shape, content: new Uint8Array(noise(shape.reduce((a, b) => a * b, 1), s).buffer) });
const i64 = (name: string, v: number[]): OnnxInitializer => ({ name, dtype: 'int64', shape: [v.length], content: new Uint8Array(BigInt64Array.from(v.map(BigInt)).buffer) });
const inits: OnnxInitializer[] = [i64('a', [0]), i64('b', [1]), i64('s3', [32, -1, K]), i64('s2', [-1, N])];
for (let i = 0; i < C; i++) inits.push(f32(`w${i}`, [N, K], i + 1), f32(`wt${i}`, [K, N], i + 50), f32(`b${i}`, [N], i + 100));
const make = (f: (i: number) => OnnxNode[]): OnnxNode[] => Array.from({ length: C }, (_, i) => [...f(i), n('Slice', [`y${i}`, 'a', 'b', 'a'], [`o${i}`])]).flat();
const variants: Record<string, OnnxNode[]> = {
  plain: make((i) => [n('Gemm', [`x${i}`, `w${i}`], [`y${i}`], { transB: 1 })]),
  bias: make((i) => [n('Gemm', [`x${i}`, `w${i}`, `b${i}`], [`y${i}`], { transB: 1 })]),
  biasgelu: make((i) => [n('Gemm', [`x${i}`, `w${i}`, `b${i}`], [`g${i}`], { transB: 1 }), n('Gelu', [`g${i}`], [`y${i}`])]),
  fusedgelu: make((i) => [n('Gemm', [`x${i}`, `w${i}`], [`g${i}`], { transB: 1 }), n('BiasGelu', [`g${i}`, `b${i}`], [`y${i}`], {}, 'com.microsoft')]),
  add: make((i) => [n('Gemm', [`x${i}`, `w${i}`], [`g${i}`], { transB: 1 }), n('Add', [`g${i}`, `b${i}`], [`y${i}`])]),
  matmul: make((i) => [n('MatMul', [`x${i}`, `wt${i}`], [`y${i}`])]),
  same: make((i) => [n('Gemm', [`x0`, `w${i}`], [`y${i}`], { transB: 1 })]),
};
const feeds = Object.fromEntries(Array.from({ length: C }, (_, i) => [`x${i}`, new ort.Tensor('float32', noise(M * K, i + 7), [M, K])]));
const all: Record<string, number[]> = {}; const sessions: Record<string, ort.InferenceSession> = {};
for (const [name, nodes] of Object.entries(variants)) sessions[name] = await ort.InferenceSession.create(encodeModel({ opsets: [{ domain: '', version: 20 }, { domain: 'com.microsoft', version: 1 }], nodes, initializers: inits, inputs: Array.from({ length: C }, (_, i) => ({ name: `x${i}`, dtype: 'float32', shape: [M, K] })), outputs: Array.from({ length: C }, (_, i) => ({ name: `o${i}`, dtype: 'float32', shape: [1, N] })) }), { intraOpNumThreads: 2, interOpNumThreads: 1, graphOptimizationLevel: name === 'add' || name === 'fusedgelu' ? 'disabled' : 'all', logSeverityLevel: 3, extra: { session: { force_spinning_stop: '1' } } });
for (let i = 0; i < 25; i++) for (const [name, s] of Object.entries(sessions)) { const t = performance.now(); await s.run(feeds); (all[name] ??= []).push(performance.now() - t); }
for (const [name, v] of Object.entries(all)) { v.sort((a, b) => a - b); console.log(name.padEnd(10), 'min', v[0]!.toFixed(2), 'median', v[12]!.toFixed(2), 'GF/s at min', (2 * M * K * N * C / v[0]! / 1e6).toFixed(0)); }
