import { readFile } from 'node:fs/promises';
import { ProgressBar } from './progress-bar.js';
import type { Output, Terminal } from './terminal.js';

/** Options that every command has. */
export interface CommonArguments {
  readonly json?: boolean | undefined;
  readonly verbose?: boolean | undefined;
  readonly quiet?: boolean | undefined;
}

const silent: Output = { write: () => undefined };

/** What a command talks through. */
export class Context {
  readonly signal: AbortSignal;
  readonly #terminal: Terminal;
  readonly #json: boolean;
  readonly #quiet: boolean;

  constructor(terminal: Terminal, { json = false, quiet = false }: CommonArguments) {
    this.signal = terminal.signal;
    this.#terminal = terminal;
    this.#json = json;
    this.#quiet = quiet;
  }

  /** What the command found out or made: JSON on one line for machines, text for people. */
  result(value: object, text: string): void {
    const line = this.#json ? JSON.stringify(value) : text;
    if (line !== '') this.#terminal.stdout.write(`${line}\n`);
  }

  /** What happened meanwhile: a line of JSON for machines, nothing for people. */
  event(value: object): void {
    if (this.#json) this.#terminal.stdout.write(`${JSON.stringify(value)}\n`);
  }

  /** A line for people, beside the results. */
  note(text: string): void {
    if (!this.#quiet) this.#terminal.stderr.write(`${text}\n`);
  }

  progress(title: string): ProgressBar {
    return new ProgressBar(this.#quiet ? silent : this.#terminal.stderr, title);
  }

  /** Shows a PNG file in the terminal, where people look at one. */
  async show(path: string): Promise<void> {
    const { stdout } = this.#terminal;
    if (this.#json || this.#quiet || !stdout.isTTY) return;
    const { default: terminalImage } = await import('terminal-image');
    stdout.write(`${await terminalImage.buffer(await readFile(path), { height: '60%' })}\n`);
  }
}
