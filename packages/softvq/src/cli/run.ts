import { readFileSync } from 'node:fs';
import { completeCommandLine, parseCommandLine } from './command-line.js';
import { Context } from './context.js';
import { type ExitCode, exitCodes } from './exit-codes.js';
import { explainError } from './explain-error.js';
import type { Terminal } from './terminal.js';

/**
 * Runs a command line to its end.
 *
 * @param args without the names of node and the program.
 * @returns what the process should end with; errors are told on `stderr` and not thrown.
 */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  try {
    if (args[0] === 'completion' || args.includes('--get-yargs-completions')) {
      await completeCommandLine(args, ownVersion());
      return exitCodes.ok;
    }
    const { chosen, text, ...common } = await parseCommandLine(args, ownVersion());
    if (chosen === undefined) terminal.stdout.write(`${text}\n`);
    else await chosen(new Context(terminal, common));
    return exitCodes.ok;
  } catch (error) {
    const { exitCode, code, message } = explainError(error);
    const stack = args.includes('--verbose') && error instanceof Error ? error.stack : undefined;
    const lines = args.includes('--json')
      ? JSON.stringify({ error: { code, message, ...(stack && { stack }) } })
      : `softvq: ${message}${stack ? `\n${stack}` : ''}`;
    // A bar may stand in the line.
    terminal.stderr.write(`${terminal.stderr.isTTY ? '\r\x1b[K' : ''}${lines}\n`);
    return exitCode;
  }
}

function ownVersion(): string {
  // The same from src/cli and from dist.
  for (const place of ['../package.json', '../../package.json']) {
    try {
      return (JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8')) as { version: string })
        .version;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return 'unknown';
}
