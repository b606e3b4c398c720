import { setTimeout as sleep } from 'node:timers/promises';
import { HubError } from './hub-error.js';

const mostFailures = 4;
const firstWaitSeconds = 0.25;
/** Nobody wants a program that stands still for longer without a word. */
const longestWaitSeconds = 60;

/**
 * Tries again what failed for a passing reason: four times in all, with growing waits, or with those that the server
 * asked for.
 *
 * @param attempt calls `advanced` when it got further than ever before: the count of failures then starts anew.
 */
export async function withRetries<Result>(
  attempt: (advanced: () => void) => Promise<Result>,
  signal: AbortSignal | undefined,
): Promise<Result> {
  let failures = 0;
  const advanced = () => {
    failures = 0;
  };
  for (;;) {
    try {
      return await attempt(advanced);
    } catch (error) {
      if (!(error instanceof HubError) || error.retryAfter === undefined) throw error;
      failures++;
      const seconds = Math.max(error.retryAfter, firstWaitSeconds * 2 ** (failures - 1));
      if (failures >= mostFailures || seconds > longestWaitSeconds) throw error;
      await pause(seconds * 1000, signal);
    }
  }
}

/** @throws the reason of the signal as soon as it is aborted. */
export async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
