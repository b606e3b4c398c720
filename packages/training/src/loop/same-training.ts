import { isDeepStrictEqual } from 'node:util';
import { ArgumentError } from '@softvq/core';
import type { FoundCheckpoint } from '../checkpoints/find-checkpoint.js';

/** What decides whether a checkpoint can be gone on from. */
export interface SameTraining {
  readonly config: Readonly<Record<string, unknown>>;
  readonly fixed: readonly string[];
  readonly identity?: Readonly<Record<string, unknown>> | undefined;
  readonly steps: number;
}

/** @throws ArgumentError, naming the field, when a checkpoint belongs to another training. */
export function assertContinues(
  { path, record }: FoundCheckpoint,
  { config, fixed, identity = {}, steps }: SameTraining,
): void {
  for (const field of fixed) assertSame(path, field, fieldOf(record.config, field), fieldOf(config, field));
  for (const field of new Set([...Object.keys(record.identity), ...Object.keys(identity)])) {
    assertSame(path, field, record.identity[field], identity[field]);
  }
  if (record.step > steps) {
    throw new ArgumentError(
      `${path} is already beyond the ${steps} steps of this training; raise steps, or give a new output folder`,
    );
  }
}

function fieldOf(config: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, key) =>
        typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined,
      config,
    );
}

function assertSame(path: string, field: string, before: unknown, now: unknown): void {
  // What is left out and what is undefined are the same in JSON.
  const plain = (value: unknown): unknown => (value === undefined ? null : JSON.parse(JSON.stringify(value)));
  if (isDeepStrictEqual(plain(before), plain(now))) return;
  throw new ArgumentError(
    `${path} was made with ${field} ${JSON.stringify(before)}, which is ${JSON.stringify(now)} now; restore it, or give a new output folder`,
  );
}
