import type { Output } from './terminal.js';

const width = 24;
/** Between lines, where a line cannot be drawn again. */
const millisecondsBetweenLines = 10_000;
/** Between drawings, which are for eyes. */
const millisecondsBetweenDrawings = 50;

/** How far something is: a bar that is drawn again and again in a terminal, and a line now and then elsewhere. */
export class ProgressBar {
  readonly #output: Output;
  readonly #title: string;
  #drawn = false;
  #last = Number.NEGATIVE_INFINITY;

  constructor(output: Output, title: string) {
    this.#output = output;
    this.#title = title;
    this.#last = output.isTTY ? Number.NEGATIVE_INFINITY : performance.now();
  }

  /** @param share from 0 to 1, or undefined where nobody knows. */
  update(share: number | undefined, text = ''): void {
    const now = performance.now();
    const between = this.#output.isTTY ? millisecondsBetweenDrawings : millisecondsBetweenLines;
    if (now - this.#last < between) return;
    this.#last = now;
    const percent = share === undefined ? '' : ` ${Math.floor(share * 100)} %`;
    if (!this.#output.isTTY) {
      this.#output.write(`${this.#title}${percent}${text && ` ${text}`}\n`);
      return;
    }
    const full = Math.round((share ?? 0) * width);
    const bar = share === undefined ? '' : ` ${'█'.repeat(full)}${'░'.repeat(width - full)}`;
    const line = `${this.#title}${bar}${percent}${text && ` ${text}`}`;
    this.#output.write(`\r\x1b[K${line.slice(0, (this.#output.columns ?? 80) - 1)}`);
    this.#drawn = true;
  }

  /** Removes the bar, so that other lines can follow. */
  clear(): void {
    if (this.#drawn) this.#output.write('\r\x1b[K');
    this.#drawn = false;
  }
}
