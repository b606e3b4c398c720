import { ArgumentError } from '../errors.js';
import type { Storage } from './storage.js';
import { storagesBehind } from './tensor.js';
import { tensorsIn } from './tree.js';

const open: Set<Storage>[] = [];

export function trackInScope(storage: Storage): void {
  open.at(-1)?.add(storage);
}

/**
 * Runs `body` and then disposes every tensor that got its elements meanwhile, but for those in the tree
 * it returns and what these still need. Scopes nest; two must not overlap in time, so await one before opening the next.
 */
export function scope<Result>(body: () => Promise<Result>): Promise<Result>;
export function scope<Result>(body: () => Result): Result;
export function scope<Result>(body: () => Result | Promise<Result>): Result | Promise<Result> {
  const tracked = new Set<Storage>();
  open.push(tracked);
  const close = (result?: Result): void => {
    const top = open.pop();
    if (top !== tracked) {
      if (top !== undefined) open.push(top);
      throw new ArgumentError('scope: another scope opened inside this one is still running; await it first');
    }
    const kept = storagesBehind(tensorsIn(result));
    for (const storage of tracked) {
      if (!kept.has(storage)) storage.dispose('the scope it was made in has ended');
      else trackInScope(storage);
    }
  };
  let result: Result | Promise<Result>;
  try {
    result = body();
  } catch (error) {
    close();
    throw error;
  }
  if (!(result instanceof Promise)) {
    close(result);
    return result;
  }
  return result.then(
    (value) => {
      close(value);
      return value;
    },
    (error: unknown) => {
      close();
      throw error;
    },
  );
}
