import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where Debian puts the browser and its software rendering of Vulkan. */
const debian = '/usr/bin/chromium';

/**
 * The path of a Chromium: what `CHROMIUM_PATH` names, or Debian's, which is installed when it is missing.
 *
 * @throws Error that says what to do where neither is possible.
 */
export async function findChromium(): Promise<string> {
  const given = process.env['CHROMIUM_PATH'];
  if (given !== undefined) {
    if (await isExecutable(given)) return given;
    throw new Error(`CHROMIUM_PATH is ${given}, which cannot be executed`);
  }
  await installWithApt();
  return debian;
}

/** Packages test themselves at the same time: one installs, and the others wait until it has finished. */
async function installWithApt(): Promise<void> {
  const install = 'apt-get update && apt-get install -y --no-install-recommends chromium libvulkan1';
  try {
    await run(
      'flock',
      [join(tmpdir(), 'softvq-chromium.lock'), 'sh', '-c', `test -x ${debian} || (${install})`],
      {
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
        maxBuffer: 2 ** 26,
      },
    );
    await access(debian, constants.X_OK);
  } catch (cause) {
    throw new Error(
      'the tests in a browser need Chromium, and apt-get could not install it. Install it yourself ' +
        '("sudo apt-get install chromium libvulkan1", or any Chromium from version 120) and set CHROMIUM_PATH to its executable',
      { cause },
    );
  }
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
