import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What the demo printed and ended with. */
export interface Ended {
  readonly exitCode: number | null;
  readonly output: string;
}

/**
 * Runs the demo as `npm run demo` does.
 *
 * @param interruptAt presses Ctrl-C when this is printed.
 */
export function runDemo(args: readonly string[], interruptAt?: string): Promise<Ended> {
  const child = spawn(process.execPath, ['-C', 'softvq-source', '--import', 'tsx', 'src/main.ts', ...args], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let interrupted = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (interrupted || interruptAt === undefined || !output.includes(interruptAt)) return;
      interrupted = true;
      child.kill('SIGINT');
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ exitCode, output }));
  });
}
