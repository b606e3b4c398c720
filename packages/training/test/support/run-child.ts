import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/**
 * Runs a script of this folder in a process of its own until `stop` says so about a line it wrote, and kills it then,
 * as `kill -9` does, after a number of milliseconds. Waits for its end.
 *
 * @returns the lines it wrote.
 */
export async function runUntilKilled(
  script: string,
  argument: string,
  stop: (line: string) => boolean,
  delay = 0,
): Promise<string[]> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', path, argument], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (data: Buffer) => {
    errors += data.toString();
  });
  const ended = new Promise<NodeJS.Signals | null>((resolve) =>
    child.on('close', (_, signal) => resolve(signal)),
  );
  const lines: string[] = [];
  let stopping = false;
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (stopping || !stop(line)) continue;
    stopping = true;
    setTimeout(() => child.kill('SIGKILL'), delay);
  }
  const signal = await ended;
  if (signal !== 'SIGKILL') throw new Error(`${script} ended by itself: ${errors}`);
  return lines;
}
