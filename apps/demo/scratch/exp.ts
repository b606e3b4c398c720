import { cpu } from '@softvq/backends/cpu';
import { setDefaultBackend, fromHost, type Tensor } from '@softvq/core';
import { RandomStream } from '@softvq/core/random';
import { SoftVQ } from '@softvq/tokenizer';
import { batches, loadEmojiImages } from '../src/emoji-images.js';
import { train } from '../src/training.js';
import { reconstruct } from '../src/reconstruction.js';
const cfg = JSON.parse(process.argv[2] ?? '{}');
setDefaultBackend(await cpu({ threads: cfg.threads ?? 2 }));
const { training, heldOut } = await loadEmojiImages('/tmp/demo', new AbortController().signal, () => {});
const w = cfg.width ?? 128, d = cfg.depth ?? 3;
let model = new SoftVQ({ imageSize: 64, patchSize: cfg.patch ?? 8, latentTokens: cfg.L ?? 32, latentWidth: cfg.e ?? 16, codebooks: 4, codebookSize: cfg.K ?? 256, temperature: cfg.tau ?? 0.07, encoder: { width: w, depth: cfg.ed ?? d, heads: cfg.heads ?? 4 }, decoder: { width: w, depth: cfg.dd ?? d, heads: cfg.heads ?? 4 }, layerScale: cfg.ls ?? 1, seed: 0 });
if (cfg.std) {
  const r = new RandomStream({ seed: 5, name: 'x' });
  const p = model.parameters();
  const n: Record<string, Tensor> = {};
  for (const [k, t] of Object.entries(p)) if (/blocks.*(qkv|proj|fc1|fc2)\.weight/.test(k)) n[k] = fromHost({ dtype: 'float32', shape: t.shape as number[], data: r.normal(t.size as number, { mean: 0, standardDeviation: cfg.std * Math.sqrt(1 / (t.shape[1] as number)) }) });
    else if (cfg.pos && /pos_embed|latent_tokens|mask_token/.test(k)) n[k] = fromHost({ dtype: 'float32', shape: t.shape as number[], data: r.normal(t.size as number, { mean: 0, standardDeviation: cfg.pos }) });
  model = model.with(n);
}
const rnd = new RandomStream({ seed: 0, name: 'demo' });
const t0 = performance.now();
let acc = 0;
const trained = await train(model, { batches: batches(training, cfg.batch ?? 32, rnd.child('batches')), seconds: cfg.seconds ?? 60, peakLearningRate: cfg.lr ?? 2e-3, signal: new AbortController().signal, onStep: (s) => { acc = acc ? acc + 0.05 * (s.loss - acc) : s.loss; if (s.steps % (cfg.every ?? 50) === 0) console.log(s.steps, acc.toFixed(4), ((performance.now() - t0) / 1000).toFixed(0) + 's', s.imagesPerSecond.toFixed(0), 'img/s'); } });
console.log(JSON.stringify(cfg), 'psnr', (await reconstruct(trained, heldOut.map((h) => h.picture))).psnr.toFixed(2));
