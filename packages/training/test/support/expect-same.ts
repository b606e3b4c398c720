import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';

/** The same state after step 40, byte for byte, and the same log but for times and places. */
export async function expectSame(one: string, other: string, lines: number): Promise<void> {
  const states = [one, other].map((output) =>
    readFile(join(output, 'checkpoints', 'step-00000040', 'state.safetensors')),
  );
  const [first, second] = await Promise.all(states);
  expect(second!.equals(first!)).toBe(true);
  const [left, right] = await Promise.all([one, other].map(comparableLog));
  expect(right).toEqual(left);
  expect(left!.length).toBe(lines);
}

async function comparableLog(output: string): Promise<unknown[]> {
  const text = await readFile(join(output, 'log.jsonl'), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const entry = JSON.parse(line) as Record<string, unknown>;
      for (const name of ['imagesPerSecond', 'secondsLeft', 'pictures', 'folder']) delete entry[name];
      return entry;
    });
}
