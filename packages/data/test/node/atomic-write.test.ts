import { readdirSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ArgumentError } from '@softvq/core';
import { expect, it } from 'vitest';
import { writeAtomically } from '../../src/node/atomic-write.js';
import { temporaryFolder } from '../temporary-folder.js';

it('joins the parts', async () => {
  const path = join(await temporaryFolder(), 'file');
  await writeAtomically(path, [
    Buffer.from('one '),
    Buffer.from('two '),
    new Uint8Array(),
    Buffer.from('three'),
  ]);
  expect(await readFile(path, 'utf8')).toBe('one two three');
});

it('keeps the older file and removes the temporary one when it fails half-way', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'file');
  await writeAtomically(path, [Buffer.from('older')]);
  let halfWay: string[] = [];
  function* parts(): Generator<Uint8Array> {
    yield Buffer.from('newer, but ');
    halfWay = readdirSync(folder);
    throw new Error('the source ran dry');
  }
  const error = await writeAtomically(path, parts()).catch((caught: unknown) => caught);
  expect(halfWay).toHaveLength(2);
  expect(error).toBeInstanceOf(ArgumentError);
  expect((error as Error).message).toContain(`${path} cannot be written: the source ran dry`);
  expect(await readFile(path, 'utf8')).toBe('older');
  expect(await readdir(folder)).toEqual(['file']);
});
