import { cancel } from '@clack/prompts';
import { messageOf } from '@softvq/core';

/** Runs a program to its end: Ctrl-C aborts the signal and ends with 130, an error is told and ends with 1. */
export async function runApp(main: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort(new Error('interrupted')));
  try {
    await main(controller.signal);
  } catch (error) {
    cancel(controller.signal.aborted ? 'Interrupted; no file is half-written.' : messageOf(error));
    process.exitCode = controller.signal.aborted ? 130 : 1;
  }
}
