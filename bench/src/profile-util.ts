import { readFileSync, rmSync } from 'node:fs';
import { lowerGraph } from '@softvq/backends/onnx';
import type { Graph } from '@softvq/core/graph';
import ort from 'onnxruntime-node';
export async function profile(graph: Graph, feeds: ort.Tensor[], n = 6) {
  const { model, inputNames, external } = await lowerGraph(graph, { microsoftOperators: true });
  if (process.env['DUMP']) { const fs = await import('node:fs'); fs.writeFileSync('/tmp/m.onnx', model); }
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 2, interOpNumThreads: 1, graphOptimizationLevel: 'all', enableProfiling: true, profileFilePrefix: '/tmp/ortprof', externalData: external.map((e) => ({ path: e.location, data: e.data })), ...(process.env['DUMP'] ? {optimizedModelFilePath: '/tmp/opt.onnx'} : {}) });
  const f = Object.fromEntries(feeds.map((t, i) => [inputNames[i]!, t]));
  for (let i = 0; i < n; i++) await session.run(f);
  session.endProfiling();
  const fs = await import('node:fs');
  const file = fs.readdirSync('/tmp').filter((x) => x.startsWith('ortprof')).map((x) => '/tmp/' + x).sort().at(-1)!;
  const events = JSON.parse(readFileSync(file, 'utf8')) as { cat: string; name: string; dur: number; args?: { op_name?: string; output_type_shape?: unknown } }[];
  rmSync(file);
  const by = new Map<string, { ms: number; n: number }>(); const per = new Map<string, number[]>(); const opOf = new Map<string, string>();
  let total = 0;
  for (const e of events) {
    if (e.cat !== 'Node' || !e.name.endsWith('_kernel_time')) continue;
    const key = e.args!.op_name! + (process.env['SHAPES'] ? ' ' + JSON.stringify(e.args!.output_type_shape) : '');
    opOf.set(e.name, key); per.set(e.name, [...(per.get(e.name) ?? []), e.dur / 1000]);
  }
  for (const [name, ds] of per) { const key = opOf.get(name)!; const c = by.get(key) ?? { ms: 0, n: 0 }; const m = Math.min(...ds); c.ms += m; c.n += 1; total += m; by.set(key, c); }
  const runs = events.filter((e) => e.name === 'model_run').map((e) => e.dur / 1000);
  console.log('total node ms', total.toFixed(1), 'model_run ms', runs.map((x) => x.toFixed(0)).join(' '));
  for (const [k, v] of [...by].sort((a, b) => b[1].ms - a[1].ms).slice(0, 30)) console.log(v.ms.toFixed(2).padStart(9), v.n.toFixed(0).padStart(6), k);
}
