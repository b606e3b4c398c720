import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { planShards, type ShardPlan } from '../io/safetensors/plan-shards.js';
import { encodeSafetensors } from '../io/safetensors/write.js';
import type { LazyTensor } from '../io/tensor-source.js';
import { convertElements } from '../tensor/convert-elements.js';
import { isFloating } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import { writeFileAtomic } from './write-file-atomic.js';

/** What a folder of a model holds. */
export interface ModelFolder {
  /** Everything that is saved, by name. */
  readonly stateDict: Readonly<Record<string, Tensor>>;
  /** What `config.json` says, in any order; fields that are undefined are left out. */
  readonly config: Readonly<Record<string, unknown>>;
}

export interface SaveModelFolderOptions {
  /** Most bytes of tensors in one file. Weights that are more are cut into shards with an index. Default 2·10⁹. */
  readonly shardLimit?: number;
  /** The type that floating-point elements are stored in. Default each tensor's own; float16 takes half the space. */
  readonly dtype?: 'float32' | 'float16';
}

const configName = 'config.json';
const indexName = 'model.safetensors.index.json';
const weightsPattern = /^model(-\d{5}-of-\d{5})?\.safetensors$/;

/**
 * Writes `model.safetensors` and `config.json` into a folder, which is made if necessary, as on the Hugging Face hub;
 * weights above the limit as shards with `model.safetensors.index.json`. Nothing in the folder changes before
 * everything is written. The folder may be the one that the model came from.
 *
 * @throws ArgumentError for a limit that is not positive; DisposedError for a model whose tensors are gone; or the
 * error of Node when the folder cannot be written to. Then what was there is as it was.
 */
export async function saveModelFolder(
  folder: string,
  { stateDict, config }: ModelFolder,
  { shardLimit, dtype }: SaveModelFolderOptions = {},
): Promise<void> {
  const plan = planShards(sourcesOf(stateDict, dtype), shardLimit === undefined ? {} : { limit: shardLimit });
  await mkdir(folder, { recursive: true });
  const staging = join(folder, `.saving-${randomUUID()}`);
  await mkdir(staging);
  try {
    for (const { fileName, tensors } of plan.shards) {
      await writeFileAtomic(join(staging, fileName), encodeSafetensors(tensors, { format: 'pt' }));
    }
    const texts = { [configName]: textOf(config), [indexName]: plan.indexJson };
    for (const [name, text] of Object.entries(texts)) {
      if (text !== undefined) await writeFileAtomic(join(staging, name), new TextEncoder().encode(text));
    }
    await publish(staging, folder, plan);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

function sourcesOf(
  stateDict: ModelFolder['stateDict'],
  floating: SaveModelFolderOptions['dtype'],
): [string, LazyTensor][] {
  return Object.entries(stateDict).map(([name, tensor]) => {
    // Parameters have no symbolic sizes.
    const shape = tensor.shape as readonly number[];
    const dtype = floating !== undefined && isFloating(tensor.dtype) ? floating : tensor.dtype;
    // Reading them by the tensor leaves them in memory, so that none still refers to a file that is replaced.
    const read: LazyTensor['read'] = async () => {
      const host = await tensor.host();
      return host.dtype === dtype ? host : convertElements(host, dtype);
    };
    return [name, { dtype, shape, read }];
  });
}

function textOf(config: ModelFolder['config']): string {
  const sorted = Object.fromEntries(Object.entries(config).sort(([a], [b]) => (a < b ? -1 : 1)));
  return `${JSON.stringify(sorted, undefined, 2)}\n`;
}

/**
 * Moves the files into their place. Readers look for one file of weights first and for an index then, so that at any
 * moment they find whole weights or, between shards of two savings, none.
 */
async function publish(staging: string, folder: string, { shards, indexJson }: ShardPlan): Promise<void> {
  const move = (name: string): Promise<void> => rename(join(staging, name), join(folder, name));
  if (indexJson !== undefined) await rm(join(folder, indexName), { force: true });
  for (const { fileName } of shards) await move(fileName);
  await (indexJson === undefined ? rm(join(folder, indexName), { force: true }) : move(indexName));
  const names = new Set(shards.map(({ fileName }) => fileName));
  for (const name of await readdir(folder)) {
    if (weightsPattern.test(name) && !names.has(name)) await rm(join(folder, name));
  }
  await move(configName);
}
