import type { FileHandle } from 'node:fs/promises';
import { open, rm, stat } from 'node:fs/promises';
import { removeStale } from '@softvq/core/node';
import { pause } from './retry.js';

const renewEvery = 2000;
/** A holder that was silent for so long is gone, or will notice that it lost the lease before it writes again. */
const staleAfter = 10_000;
const lookEvery = 100;
/** How long what was seen of the lease is believed. */
const confirmEvery = 1000;

/** The right to write a file, which at most one holder in all processes has at a time. */
export interface Lease {
  /** To be called before each write. @throws LeaseLost when the process stood still so long that another took over. */
  confirm(): Promise<void>;
  release(): Promise<void>;
}

/** Another process has taken over, and has to be waited for. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

/**
 * Takes the lease by making a file that nobody else has made, and keeps it by touching that file. That of a process
 * which died is taken over when it was not touched for ten seconds.
 *
 * @param onWait called again and again as long as somebody else holds it.
 */
export async function acquireLease(
  path: string,
  { signal, onWait }: { readonly signal: AbortSignal | undefined; readonly onWait: () => void },
): Promise<Lease> {
  for (;;) {
    signal?.throwIfAborted();
    const handle = await createExclusively(path);
    if (handle !== undefined) return hold(path, handle);
    if (await isStale(path)) {
      // A holder whose new file was lost on the way notices it at its next confirmation.
      await removeStale(path, isStale);
    } else {
      onWait();
      await pause(lookEvery, signal);
    }
  }
}

async function hold(path: string, handle: FileHandle): Promise<Lease> {
  const { ino } = await handle.stat({ bigint: true });
  let confirmedAt = performance.now();
  // By the open file, and not by its name, which may be another's by now. A failure shows at the next confirmation.
  const renew = () => handle.utimes(new Date(), new Date()).catch(() => undefined);
  const timer = setInterval(renew, renewEvery);
  timer.unref();
  const isHeld = async () => (await statOrNothing(path))?.ino === ino;
  return {
    async confirm() {
      if (performance.now() - confirmedAt < confirmEvery) return;
      if (!(await isHeld())) throw new LeaseLost(path);
      confirmedAt = performance.now();
    },
    async release() {
      clearInterval(timer);
      if (await isHeld()) await rm(path, { force: true });
      await handle.close();
    },
  };
}

async function createExclusively(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'wx');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  }
}

async function isStale(path: string): Promise<boolean> {
  const stats = await statOrNothing(path);
  return stats !== undefined && Math.abs(Date.now() - Number(stats.mtimeMs)) > staleAfter;
}

async function statOrNothing(path: string) {
  try {
    return await stat(path, { bigint: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
