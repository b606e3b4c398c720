import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'tsup';
import { beforeAll, describe, expect, it } from 'vitest';
import * as emoji from '../src/emoji/index.js';
import * as main from '../src/index.js';
import * as node from '../src/node/index.js';
import configuration from '../tsup.config.js';
import { temporaryFolder } from './temporary-folder.js';

const run = promisify(execFile);
const packageFolder = fileURLToPath(new URL('..', import.meta.url));
const installedPackages = dirname(dirname(createRequire(import.meta.url).resolve('tsup/package.json')));

let pictures: string;
let expected: number[];

/** Runs as it stands here, and by its source text in programs of its own. */
async function useWorkers(
  modules: { main: typeof main; node: typeof node; emoji: typeof emoji },
  folder: string,
): Promise<number[]> {
  const { main, node, emoji } = modules;
  const entries = await emoji.listEmoji({ sets: ['twemoji'] });
  const drawn = await emoji.rasteriseEmoji(entries.slice(0, 3), { size: 6, workers: 2 });
  for (const [index, { picture }] of drawn.entries()) await node.writePng(`${folder}/${index}.png`, picture);
  const dataset = await node.openDataset(folder);
  const loader = main.createLoader(dataset, { batchSize: 3, imageSize: 6, epochs: 1, seed: 1 });
  const numbers: number[] = [];
  for await (const { images, indices } of loader) numbers.push(...indices, ...images.data);
  // Without closing the loader: its thread must not keep the program alive.
  return numbers;
}

/** A program that does the same with the package's entries in another folder. */
function program(folder: URL, entry: (name: string) => string): string {
  const imports = ['main', 'node', 'emoji'].map(
    (name) => `import * as ${name} from '${new URL(entry(name), folder)}';\n`,
  );
  const call = `console.log(JSON.stringify(await useWorkers({ main, node, emoji }, ${JSON.stringify(pictures)})));`;
  return `${imports.join('')}${useWorkers}\n${call}\n`;
}

describe('workers are found', () => {
  beforeAll(async () => {
    pictures = await mkdtemp(join(tmpdir(), 'softvq-data-'));
    expected = await useWorkers({ main, node, emoji }, pictures);
    return () => rm(pictures, { recursive: true });
  });

  it('as source, in vitest', () => {
    expect(expected).toHaveLength(3 + 3 * 6 * 6 * 3);
    expect(new Set(expected).size).toBeGreaterThan(10);
  });

  it('as source, with tsx', async () => {
    const script = join(await temporaryFolder(), 'program.mjs');
    const source = (name: string) => (name === 'main' ? 'index.ts' : `${name}/index.ts`);
    await writeFile(script, program(new URL('../src/', import.meta.url), source));
    const loading = ['--conditions=softvq-source', '--import', import.meta.resolve('tsx')];
    const { stdout } = await run(process.execPath, [...loading, script]);
    expect(JSON.parse(stdout)).toEqual(expected);
  });

  it('as built, in plain Node, from a file or the command line, and say so if they are missing', async () => {
    const folder = await temporaryFolder();
    // The built files find installed packages as in a user's project; core comes along, since it may not be built.
    await symlink(installedPackages, join(folder, 'node_modules'), 'junction');
    await build({
      ...configuration,
      config: false,
      dts: false,
      silent: true,
      outDir: join(folder, 'dist'),
      noExternal: ['@softvq/core'],
      esbuildOptions: (options) => {
        options.conditions = ['softvq-source'];
        options.absWorkingDir = packageFolder;
      },
    });
    const dist = pathToFileURL(join(folder, 'dist/'));
    const text = program(dist, (name) => `${name === 'main' ? 'index' : name}.js`);
    const script = join(folder, 'program.mjs');
    await writeFile(script, text);
    const fromFile = await run(process.execPath, [script], { cwd: folder });
    expect(JSON.parse(fromFile.stdout)).toEqual(expected);
    const fromCommandLine = await run(process.execPath, ['--input-type=module', '--eval', text], {
      cwd: folder,
    });
    expect(JSON.parse(fromCommandLine.stdout)).toEqual(expected);

    await rm(new URL('picture-worker.js', dist));
    await expect(run(process.execPath, [script], { cwd: folder })).rejects.toThrow(
      /a loading thread failed: .*picture-worker\.js/,
    );
    await rm(new URL('emoji-worker.js', dist));
    await expect(run(process.execPath, [script], { cwd: folder })).rejects.toThrow(
      /a rasterising process cannot start: exit code 1, .*emoji-worker\.js/,
    );
  });
});
