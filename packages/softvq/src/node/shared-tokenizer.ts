import { basename, dirname, join, resolve } from 'node:path';
import { ArgumentError } from '@softvq/core';
import type { LoadableTokenizer } from '@softvq/tokenizer';
import { fromPretrained as loadTokenizer } from '@softvq/tokenizer/node';
import { tokenizerIdentity } from '@softvq/training';
import { isSiblingPath } from '../pipeline/pipeline-config.js';
import { isFile } from './path-kind.js';

/**
 * The path of a saved tokenizer from the folder of a pipeline beside it.
 *
 * @throws ArgumentError when it is not beside it, is none, or is another one than the pipeline's.
 */
export async function findShared(
  shared: string,
  { tokenizer, folder }: { readonly tokenizer: LoadableTokenizer; readonly folder: string },
): Promise<string> {
  const [place, ofPipeline] = [resolve(shared), resolve(folder)];
  const path = `../${basename(place)}`;
  if (dirname(place) !== dirname(ofPipeline) || place === ofPipeline || !isSiblingPath(path)) {
    throw new ArgumentError(
      `a pipeline can share a tokenizer that is a folder beside its own, such as ${join(dirname(folder), 'tokenizer')}, and not ${shared}`,
    );
  }
  if (!(await isFile(join(place, 'config.json')))) {
    throw new ArgumentError(
      `there is no tokenizer in ${shared} to share; save it there first: softvq convert TOKENIZER ${shared}`,
    );
  }
  const found = await loadTokenizer(place);
  try {
    const [other, own] = await Promise.all([found, tokenizer].map(identityOf));
    if (other === own) return path;
  } finally {
    for (const tensor of Object.values(found.stateDict())) tensor.dispose();
  }
  throw new ArgumentError(
    `the tokenizer in ${shared} is another one than the pipeline's: its weights or its config differ; share a copy of the pipeline's own`,
  );
}

/** The one that is saved may be in half precision. */
function identityOf(tokenizer: LoadableTokenizer): Promise<string> {
  return tokenizerIdentity(tokenizer, { dtype: 'float16' });
}
