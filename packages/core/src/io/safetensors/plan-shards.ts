import { ArgumentError } from '../../errors.js';
import { byteLengthOf, type TensorSource } from '../tensor-source.js';

export interface ShardPlan {
  readonly shards: readonly Shard[];
  /** The text of `<baseName>.safetensors.index.json`; absent when one file holds everything. */
  readonly indexJson?: string;
}

export interface Shard {
  /** `model.safetensors` when it is the only one, `model-00001-of-00003.safetensors` otherwise. */
  readonly fileName: string;
  /** Its tensors, in the order given. */
  readonly tensors: readonly (readonly [name: string, tensor: TensorSource])[];
  /** Bytes of its tensors, without the header. */
  readonly byteLength: number;
}

/**
 * Divides tensors over files as the Hugging Face hub does. The order is kept, and a new shard begins when the
 * next tensor would exceed the limit; a tensor larger than the limit has a shard of its own.
 *
 * @param options.limit bytes of tensors in one file, default 2·10⁹.
 * @param options.baseName default `model`.
 * @throws ArgumentError when a name occurs twice or the limit is not positive.
 */
export function planShards(
  tensors: Iterable<readonly [name: string, tensor: TensorSource]>,
  { limit = 2_000_000_000, baseName = 'model' }: { limit?: number; baseName?: string } = {},
): ShardPlan {
  if (!(limit > 0)) throw new ArgumentError(`the limit of a shard must be positive, not ${limit} bytes`);
  const groups = [{ tensors: new Map<string, TensorSource>(), byteLength: 0 }];
  const names = new Set<string>();
  for (const [name, tensor] of tensors) {
    if (names.has(name)) throw new ArgumentError(`two tensors are called ${JSON.stringify(name)}`);
    names.add(name);
    const byteLength = byteLengthOf(name, tensor);
    let group = groups.at(-1)!;
    if (group.tensors.size > 0 && group.byteLength + byteLength > limit) {
      group = { tensors: new Map(), byteLength: 0 };
      groups.push(group);
    }
    group.tensors.set(name, tensor);
    group.byteLength += byteLength;
  }
  const number = (value: number) => String(value).padStart(5, '0');
  const shards = groups.map(({ tensors, byteLength }, index): Shard => {
    const suffix = groups.length === 1 ? '' : `-${number(index + 1)}-of-${number(groups.length)}`;
    return { fileName: `${baseName}${suffix}.safetensors`, tensors: [...tensors], byteLength };
  });
  return shards.length === 1 ? { shards } : { shards, indexJson: indexOf(shards) };
}

function indexOf(shards: readonly Shard[]): string {
  const totalSize = shards.reduce((sum, shard) => sum + shard.byteLength, 0);
  const files = shards.flatMap(({ fileName, tensors }) => tensors.map(([name]) => [name, fileName] as const));
  return `${JSON.stringify({ metadata: { total_size: totalSize }, weight_map: Object.fromEntries(files) }, null, 2)}\n`;
}
