import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { runCommandLine } from '../../src/cli/run.js';

/** What a command line printed and ended with. */
export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line in this process. */
export async function run(args: readonly string[], signal = new AbortController().signal): Promise<Ended> {
  const printed = { stdout: '', stderr: '' };
  const outputTo = (name: keyof typeof printed) => ({
    write: (text: string): void => {
      printed[name] += text;
    },
  });
  const terminal = { stdout: outputTo('stdout'), stderr: outputTo('stderr'), signal };
  const exitCode = await runCommandLine(args, terminal);
  return { exitCode, ...printed };
}

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const packageFolder = fileURLToPath(new URL('../..', import.meta.url));

export interface ChildOptions {
  /** Modules that are loaded first. */
  readonly imports?: readonly string[];
  /** Presses Ctrl-C, once, when this appears on one of the streams. */
  readonly interruptAt?: string;
}

/** Runs a command line in a process of its own, as a user does. */
export function runProcess(
  args: readonly string[],
  { imports = [], interruptAt }: ChildOptions = {},
): Promise<Ended> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', ...imports.flatMap((each) => ['--import', each]), main, ...args],
    { cwd: packageFolder },
  );
  const streams = { stdout: '', stderr: '' };
  let interrupted = false;
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      streams[name] += text;
      if (interrupted || interruptAt === undefined || !streams[name].includes(interruptAt)) return;
      interrupted = true;
      child.kill('SIGINT');
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ exitCode: code ?? -1, ...streams }));
  });
}
