import { log } from '@clack/prompts';

/** @param share between 0 and 1 */
export type UpdateProgress = (share: number, message: string) => void;

const barWidth = 24;
/** Of terminals that do not say. */
const usualColumns = 80;
const secondsBetweenLines = 10;

/**
 * Shows how far some work is, until it ends: a bar where somebody watches, and a line now and then in a log file. The
 * bar leaves the keyboard alone, so that Ctrl-C interrupts as everywhere.
 */
export async function withProgress<Result>(
  title: string,
  work: (update: UpdateProgress) => Promise<Result>,
): Promise<Result> {
  if (!process.stdout.isTTY) return work(lines(title));
  const update = bar();
  update(0, title);
  try {
    return await work(update);
  } finally {
    process.stdout.write('\r\x1b[K');
  }
}

function bar(): UpdateProgress {
  return (share, message) => {
    const done = Math.round(share * barWidth);
    const line = `│  ${'━'.repeat(done)}${'─'.repeat(barWidth - done)}  ${message}`;
    process.stdout.write(`\r\x1b[K${line.slice(0, (process.stdout.columns || usualColumns) - 1)}`);
  };
}

function lines(title: string): UpdateProgress {
  log.step(title);
  let last = performance.now();
  return (_, message) => {
    if (performance.now() - last < secondsBetweenLines * 1000) return;
    last = performance.now();
    log.message(message);
  };
}
