import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writePng } from '@softvq/data/node';
import { ImagePipeline } from '../../src/node/index.js';
import { classLabels, latentStatistics, tinyMAR, tinyPicture, tinySiT, tinyTokenizer } from './tiny.js';

/** A folder with tiny pipelines `sit` and `mar`, and pictures `a.png` and `b.png`. */
export async function modelFolder(): Promise<{
  path: (name: string) => string;
  remove: () => Promise<void>;
}> {
  const folder = await mkdtemp(join(tmpdir(), 'softvq-cli-'));
  const path = (name: string): string => join(folder, name);
  const common = { tokenizer: tinyTokenizer(), latentStatistics, classLabels };
  const sampling = { sampler: 'euler', steps: 4, guidance: { scale: 2 } };
  await ImagePipeline.fromParts({ ...common, generator: tinySiT(), sampling }).save(path('sit'));
  await ImagePipeline.fromParts({ ...common, generator: tinyMAR() }).save(path('mar'));
  await writePng(path('a.png'), tinyPicture(0));
  await writePng(path('b.png'), tinyPicture(1, 20));
  return { path, remove: () => rm(folder, { recursive: true }) };
}

/** Names below a folder, with those of temporary files. */
export async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).sort();
}
