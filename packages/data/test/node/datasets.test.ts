import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ArgumentError, FileFormatError } from '@softvq/core';
import { describe, expect, it } from 'vitest';
import { type PictureDataset, subset } from '../../src/index.js';
import { withPath } from '../../src/node/datasets/file-dataset.js';
import { openDataset, openFolderDataset, openManifestDataset } from '../../src/node/index.js';
import { pictureFolder } from '../picture-folder.js';
import { temporaryFolder } from '../temporary-folder.js';

/** The names and labels of a data set in a folder. */
function contentOf(dataset: PictureDataset, folder: string): [string, string | undefined][] {
  return Array.from({ length: dataset.length }, (_, index) => [
    dataset.nameOf(index).slice(folder.length + 1),
    dataset.classes[dataset.labels[index]!],
  ]);
}

async function emptyFiles(names: readonly string[]): Promise<string> {
  const folder = await temporaryFolder();
  for (const name of names) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), '');
  }
  return folder;
}

describe('openFolderDataset', () => {
  it('takes sub-folders for classes, in code unit order, and what is in them at any depth', async () => {
    const folder = await emptyFiles([
      'dog/z.png',
      'dog/deep/er/a.JPEG',
      'cat/1.webp',
      'cat/.hidden.png',
      'cat/notes.txt',
      'Zebra/x.gif',
      '.git/y.png',
      'LICENSE.md',
    ]);
    const dataset = await openFolderDataset(folder);
    expect(dataset.classes).toEqual(['Zebra', 'cat', 'dog']);
    expect(contentOf(dataset, folder)).toEqual([
      ['Zebra/x.gif', 'Zebra'],
      ['cat/1.webp', 'cat'],
      ['dog/deep/er/a.JPEG', 'dog'],
      ['dog/z.png', 'dog'],
    ]);
  });

  it('takes a folder of pictures as they are', async () => {
    const folder = await emptyFiles(['b.png', 'a.avif', 'c.jpg']);
    const dataset = await openDataset(folder);
    expect(dataset.classes).toEqual([]);
    expect(contentOf(dataset, folder).map(([name]) => name)).toEqual(['a.avif', 'b.png', 'c.jpg']);
    expect([...dataset.labels]).toEqual([0, 0, 0]);
  });

  it('asks what is meant by pictures beside folders of pictures', async () => {
    const folder = await emptyFiles(['a.png', 'cat/b.png']);
    await expect(openFolderDataset(folder)).rejects.toThrow(
      /both directly \(a\.png\) and in folders \(cat\/b\.png\)/,
    );
    expect(contentOf(await openFolderDataset(folder, { layout: 'flat' }), folder)).toEqual([
      ['a.png', undefined],
      ['cat/b.png', undefined],
    ]);
    expect(contentOf(await openFolderDataset(folder, { layout: 'classes' }), folder)).toEqual([
      ['cat/b.png', 'cat'],
    ]);
  });

  it('does not take the parts of a data set for classes', async () => {
    const folder = await emptyFiles(['train/cat/a.png', 'held-out/cat/b.png']);
    await expect(openDataset(folder)).rejects.toThrow(
      `holds a data set in parts (held-out, train); give the folder of one, such as ${join(folder, 'train')}`,
    );
    expect((await openDataset(join(folder, 'train'))).classes).toEqual(['cat']);
    expect((await openDataset(folder, { layout: 'classes' })).classes).toEqual(['held-out', 'train']);
  });

  it('numbers the classes as told', async () => {
    const folder = await emptyFiles(['cat/a.png', 'dog/b.png']);
    const classes = ['dog', 'horse', 'cat'];
    const dataset = await openDataset(folder, { classes });
    expect(dataset.classes).toEqual(classes);
    expect([...dataset.labels]).toEqual([2, 0]);
    await expect(openDataset(folder, { classes: ['dog'] })).rejects.toThrow(
      '"cat", which is none of the classes dog',
    );
    await expect(openDataset(folder, { classes: ['dog', 'dog', 'cat'] })).rejects.toThrow('listed twice');
    await mkdir(join(folder, 'horse'));
    expect((await openDataset(folder, { classes })).length).toBe(2);
    await expect(openDataset(folder)).rejects.toThrow(
      `${join(folder, 'horse')} should be a class, but holds no picture`,
    );
  });

  it('follows links, but not in circles', async () => {
    const elsewhere = await emptyFiles(['a.png']);
    const folder = await emptyFiles(['cat/b.png']);
    await symlink(elsewhere, join(folder, 'dog'));
    expect(contentOf(await openFolderDataset(folder), folder)).toEqual([
      ['cat/b.png', 'cat'],
      ['dog/a.png', 'dog'],
    ]);
    await symlink(folder, join(folder, 'cat', 'again'));
    await expect(openFolderDataset(folder)).rejects.toThrow(`${join(folder, 'cat', 'again')} is a link to`);
  });

  it('says what is wrong with a folder', async () => {
    const folder = await emptyFiles(['notes.txt']);
    await expect(openDataset(folder)).rejects.toThrow(`${folder} holds no PNG, JPEG, WebP, AVIF or GIF file`);
    const missing = join(folder, 'missing');
    await expect(openDataset(missing)).rejects.toThrow(ArgumentError);
    await expect(openDataset(missing)).rejects.toThrow(
      `${missing} cannot be read: there is no such file or folder`,
    );
    await expect(openFolderDataset(join(folder, 'notes.txt'))).rejects.toThrow('ENOTDIR');
    const denied = withPath('some/where', () =>
      Promise.reject(Object.assign(new Error('EACCES'), { code: 'EACCES' })),
    );
    await expect(denied).rejects.toThrow('some/where cannot be read: permission is denied');
  });

  it('has a fingerprint of its names and labels, wherever it is', async () => {
    const names = ['cat/a.png', 'dog/b.png'];
    const [here, there] = [await emptyFiles(names), await emptyFiles(names)];
    const { fingerprint } = await openDataset(here);
    expect(fingerprint).toMatch(/^[0-9a-f]{16}$/);
    expect((await openDataset(there)).fingerprint).toBe(fingerprint);
    const others = [
      await openDataset(here, { layout: 'flat' }),
      await openDataset(here, { classes: ['dog', 'cat'] }),
      await openDataset(await emptyFiles(['cat/a.png', 'cat/b.png'])),
      await openDataset(await emptyFiles(['cat/a.png', 'dog/c.png'])),
      subset(await openDataset(here), [1, 0]),
      subset(await openDataset(here), [0]),
    ];
    expect(new Set([fingerprint, ...others.map((other) => other.fingerprint)]).size).toBe(7);
  });
});

describe('openManifestDataset', () => {
  async function manifest(name: string, text: string): Promise<string> {
    const path = join(await temporaryFolder(), name);
    await writeFile(path, text);
    return path;
  }

  it('reads JSON lines, relative to the file, with other fields', async () => {
    const { folder } = await pictureFolder(['sub/a.png', 'b.png']);
    const path = join(folder, 'list.jsonl');
    await writeFile(
      path,
      '\uFEFF{"path": "sub/a.png", "label": "cat", "more": [1]}\r\n\n{"path": "b.png", "label": "ant"}\n',
    );
    const dataset = await openDataset(path);
    expect(contentOf(dataset, folder)).toEqual([
      ['sub/a.png', 'cat'],
      ['b.png', 'ant'],
    ]);
    expect(dataset.classes).toEqual(['ant', 'cat']);
  });

  it('reads CSV with quotes, commas and line breaks', async () => {
    const path = await manifest(
      'list.csv',
      'label,path\r\n"a ""big"", cat","x,y.png"\r\n\r\ndog,"two\nlines.png"',
    );
    const dataset = await openManifestDataset(path);
    expect(contentOf(dataset, join(path, '..'))).toEqual([
      ['x,y.png', 'a "big", cat'],
      ['two\nlines.png', 'dog'],
    ]);
  });

  it('needs no labels, and understands numbers when the classes are known', async () => {
    const unlabelled = await openManifestDataset(await manifest('a.csv', 'path\na.png\nb.png\n'));
    expect([unlabelled.length, unlabelled.classes]).toEqual([2, []]);
    const classes = ['cat', 'dog', '7'];
    const csv = await openManifestDataset(
      await manifest('a.csv', 'path,label\na.png,1\nb.png,cat\nc.png,7'),
      { classes },
    );
    expect([...csv.labels]).toEqual([1, 0, 2]);
    const json = await openDataset(await manifest('a.jsonl', '{"path":"a.png","label":1}'), { classes });
    expect([...json.labels]).toEqual([1]);
  });

  it('names the line of everything that is wrong', async () => {
    const wrong = [
      ['a.jsonl', '{"path": "a.png"}\n{"path": }', 'line 2 is not valid JSON'],
      ['a.jsonl', '[1]', 'line 1 is not a JSON object'],
      ['a.jsonl', '{"label": "cat"}', 'line 1 has no path'],
      ['a.jsonl', '\n{"path": ""}', 'line 2 has no path'],
      ['a.jsonl', '{"path": "a.png", "label": {}}', 'line 1 has the label {}'],
      ['a.jsonl', '{"path": "a.png", "label": 3}', 'tell the names of the classes to use numbers'],
      ['a.jsonl', '\n', 'it lists no pictures'],
      ['a.csv', 'file,label\na.png,cat', "there is no 'path'"],
      ['a.csv', '', "there is no 'path'"],
      ['a.csv', 'path,label\na.png', 'line 2 has 1 fields, but the first line names 2'],
      ['a.csv', 'path\n"x\ny"\n"z', 'line 4: a quote is not closed'],
      ['a.csv', 'path\na"b', 'line 2: a quote is not closed, or stands inside a field'],
    ] as const;
    for (const [name, text, message] of wrong) {
      const path = await manifest(name, text);
      const error = await openManifestDataset(path).catch((caught: unknown) => caught);
      expect(error, text).toBeInstanceOf(FileFormatError);
      expect((error as Error).message, text).toContain(`${path}: `);
      expect((error as Error).message, text).toContain(message);
    }
    const numbered = await manifest('a.csv', 'path,label\na.png,2');
    await expect(openManifestDataset(numbered, { classes: ['a', 'b'] })).rejects.toThrow(
      'line 2 has the label 2, but there are 2 classes',
    );
    const partly = await manifest('a.jsonl', '{"path": "a.png", "label": "cat"}\n{"path": "b.png"}');
    await expect(openManifestDataset(partly)).rejects.toThrow(/a\.png has a label and b\.png has none/);
    await expect(openDataset(await manifest('a.txt', 'a.png'))).rejects.toThrow(
      'give a .jsonl or a .csv file',
    );
  });
});

describe('subset', () => {
  it('refuses what the data set does not have', async () => {
    const dataset = await openDataset(await emptyFiles(['a.png', 'b.png']));
    expect(() => subset(dataset, [])).toThrow(ArgumentError);
    expect(() => subset(dataset, [2])).toThrow('2 is no position in a data set of 2 pictures');
  });
});
