import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ArgumentError } from '@softvq/core';
import { removeStale } from '@softvq/core/node';
import type { WaitingEvent } from './training-event.js';

const lockName = 'training.lock';
const lookEveryMilliseconds = 200;
/** A lock that says nothing after so long is of a process that was killed while it wrote it. */
const writtenWithinMilliseconds = 10_000;

/** The locks that this process has, or tries to take. */
const own = new Set<string>();

/** The right to train in an output folder, which one training at a time has. */
export interface OutputLock {
  release(): Promise<void>;
}

/** Who has it, as the file says. */
interface Holder {
  readonly process: number;
  readonly host: string;
}

/**
 * Waits until nobody else trains in the folder, which is made if necessary. What a process of this machine left that is
 * gone does not count.
 *
 * @throws ArgumentError for a folder that cannot be used; the signal's reason once it is aborted.
 */
export async function* lockOutput(
  folder: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<WaitingEvent, OutputLock, void> {
  const path = resolve(folder, lockName);
  await mkdir(folder, { recursive: true }).catch((cause: Error) => refuse(folder, cause));
  let isTold = false;
  for (;;) {
    const holder = await take(path).catch((cause: Error) => refuse(folder, cause));
    if (holder === undefined) break;
    if (!isTold) yield { type: 'waiting', step: 0, lock: path, ...holder };
    isTold = true;
    signal?.throwIfAborted();
    await sleep(lookEveryMilliseconds);
  }
  return {
    release: async () => {
      await rm(path, { force: true });
      own.delete(path);
    },
  };
}

/** Takes the lock, or says who has it. */
async function take(path: string): Promise<Holder | undefined> {
  const self: Holder = { process: process.pid, host: hostname() };
  if (own.has(path)) return self;
  own.add(path);
  let isTaken = false;
  try {
    const other = await writeOrRead(path, self);
    isTaken = other === undefined;
    return other;
  } finally {
    if (!isTaken) own.delete(path);
  }
}

async function writeOrRead(path: string, self: Holder): Promise<Holder | undefined> {
  while (!(await isWritten(path, self))) {
    const text = await readOrNothing(path);
    if (text === undefined) continue;
    const holder = parseHolder(text);
    if (holder === undefined ? await isOld(path) : isGone(holder)) {
      await removeStale(path, async (aside) => (await readOrNothing(aside)) === text);
    } else if (holder !== undefined) {
      return holder;
    } else {
      await sleep(lookEveryMilliseconds);
    }
  }
  return undefined;
}

/** False when the file is there already. */
async function isWritten(path: string, self: Holder): Promise<boolean> {
  try {
    await writeFile(path, `${JSON.stringify(self)}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    // On a full disk a file is made, and nothing is written.
    await rm(path, { force: true }).catch(() => undefined);
    throw error;
  }
}

function refuse(folder: string, cause: Error): never {
  throw new ArgumentError(`${folder} cannot be trained in: ${cause.message}`, { cause });
}

function parseHolder(text: string): Holder | undefined {
  try {
    const value = JSON.parse(text) as Partial<Holder> | null;
    return typeof value?.process === 'number' && typeof value.host === 'string'
      ? { process: value.process, host: value.host }
      : undefined;
  } catch {
    return undefined;
  }
}

async function isOld(path: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(path)).mtimeMs > writtenWithinMilliseconds;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return false;
    throw error;
  }
}

function isGone({ process: id, host }: Holder): boolean {
  if (host !== hostname()) return false;
  // This process does not have it: a container that is started again gives the same numbers again.
  if (id === process.pid) return true;
  try {
    // Sends nothing, and fails if there is nobody to send it to.
    process.kill(id, 0);
    return false;
  } catch (error) {
    return isCode(error, 'ESRCH');
  }
}

async function readOrNothing(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException).code === code;
}
