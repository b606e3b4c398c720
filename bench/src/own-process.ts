import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** What a script of this folder prints as JSON, run in a process of its own: peak memory is counted per process. */
export async function inOwnProcess<Figures>(script: string, ...values: readonly string[]): Promise<Figures> {
  const path = fileURLToPath(new URL(`./${script}`, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, path, ...values], {
    maxBuffer: 2 ** 26,
  });
  return JSON.parse(stdout) as Figures;
}
