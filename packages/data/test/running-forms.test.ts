import { execFile } from 'node:child_process';
import { rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'tsup';
import { beforeAll, describe, expect, it } from 'vitest';
import { listEmoji, rasteriseEmoji } from '../src/index.js';
import configuration from '../tsup.config.js';
import { temporaryFolder } from './temporary-folder.js';

const run = promisify(execFile);
const packageFolder = fileURLToPath(new URL('..', import.meta.url));
const installedPackages = dirname(dirname(createRequire(import.meta.url).resolve('tsup/package.json')));

let expected: number[];
beforeAll(async () => {
  expected = await drawSome({ listEmoji, rasteriseEmoji });
});

/** Runs as it stands here, and by its source text in programs of its own. */
async function drawSome(
  data: Pick<typeof import('../src/index.js'), 'listEmoji' | 'rasteriseEmoji'>,
): Promise<number[]> {
  const entries = await data.listEmoji({ sets: ['twemoji'] });
  const drawn = await data.rasteriseEmoji(entries.slice(0, 3), { size: 6, workers: 2 });
  return drawn.flatMap(({ picture }) => [...picture.data]);
}

/** A program that does the same with the package's index at another address. */
function program(index: URL): string {
  return `import * as data from '${index}';\n${drawSome}\nconsole.log(JSON.stringify(await drawSome(data)));\n`;
}

describe('rasteriseEmoji finds the program of its processes', () => {
  it('as source, in vitest', () => {
    expect(expected).toHaveLength(3 * 6 * 6 * 3);
    expect(new Set(expected).size).toBeGreaterThan(10);
  });

  it('as source, with tsx', async () => {
    const script = join(await temporaryFolder(), 'program.mjs');
    await writeFile(script, program(new URL('../src/index.ts', import.meta.url)));
    const loading = ['--conditions=softvq-source', '--import', import.meta.resolve('tsx')];
    const { stdout } = await run(process.execPath, [...loading, script]);
    expect(JSON.parse(stdout)).toEqual(expected);
  });

  it('as built, in plain Node, from a file or the command line, and says so if it is missing', async () => {
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
    const text = program(pathToFileURL(join(folder, 'dist', 'index.js')));
    const script = join(folder, 'program.mjs');
    await writeFile(script, text);
    const fromFile = await run(process.execPath, [script], { cwd: folder });
    expect(JSON.parse(fromFile.stdout)).toEqual(expected);
    const fromCommandLine = await run(process.execPath, ['--input-type=module', '--eval', text], {
      cwd: folder,
    });
    expect(JSON.parse(fromCommandLine.stdout)).toEqual(expected);

    await rm(join(folder, 'dist', 'emoji-worker.js'));
    await expect(run(process.execPath, [script], { cwd: folder })).rejects.toThrow(
      /a rasterising process cannot start: exit code 1, .*emoji-worker\.js/,
    );
  });
});
