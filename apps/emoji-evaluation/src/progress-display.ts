import { log, progress } from '@clack/prompts';

/** Shows how far something is. */
export interface ProgressDisplay {
  /** @param share between 0 and 1 */
  update(share: number, message: string): void;
  stop(message: string): void;
}

const resolution = 1000;
const secondsBetweenLines = 10;

/** A bar where somebody watches, and a line now and then in a log file. */
export function showProgress(title: string): ProgressDisplay {
  return process.stdout.isTTY ? bar(title) : lines(title);
}

function bar(title: string): ProgressDisplay {
  const display = progress({ max: resolution });
  display.start(title);
  let reached = 0;
  return {
    update(share, message) {
      const position = Math.floor(share * resolution);
      display.advance(position - reached, message);
      reached = position;
    },
    stop: (message) => display.stop(message),
  };
}

function lines(title: string): ProgressDisplay {
  log.step(title);
  let last = performance.now();
  return {
    update(_, message) {
      if (performance.now() - last < secondsBetweenLines * 1000) return;
      last = performance.now();
      log.message(message);
    },
    stop: (message) => log.success(message),
  };
}
