import { crc32 } from 'node:zlib';
import type { Tensor } from '@softvq/core';

type Bytes = Uint8Array<ArrayBuffer>;

/** State dictionaries by the name of their entry, as `torch.save` writes a training checkpoint of them. */
export async function torchCheckpoint(
  entries: Readonly<Record<string, Readonly<Record<string, Tensor>>>>,
): Promise<Bytes> {
  const storages: Bytes[] = [];
  const pickled = [pickleStart];
  for (const [entry, tensors] of Object.entries(entries)) {
    pickled.push(text(entry), bytes('}('));
    for (const [name, tensor] of Object.entries(tensors)) {
      const data = (await tensor.host()).data as Float32Array;
      pickled.push(text(name), rebuilt(String(storages.length), data.length, tensor.shape as number[]));
      storages.push(new Uint8Array(data.slice().buffer));
    }
    pickled.push(bytes('u'));
  }
  // What training keeps besides the weights.
  pickled.push(text('steps'), integer(1000), bytes('u.'));
  return storedZip([
    ['archive/data.pkl', Buffer.concat(pickled)],
    ['archive/byteorder', bytes('little')],
    ...storages.map((storage, key): [string, Bytes] => [`archive/data/${key}`, storage]),
    ['archive/version', bytes('3\n')],
  ]);
}

const pickleStart: Bytes = Uint8Array.from([0x80, 2, 0x7d, 0x28]);

function bytes(latin: string): Bytes {
  return Buffer.from(latin, 'latin1');
}

function text(value: string): Bytes {
  const utf8 = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(utf8.length);
  return Buffer.concat([bytes('X'), length, utf8]);
}

function integer(value: number): Bytes {
  const number = Buffer.alloc(4);
  number.writeInt32LE(value);
  return Buffer.concat([bytes('J'), number]);
}

function tuple(...items: Bytes[]): Bytes {
  return Buffer.concat([bytes('('), ...items, bytes('t')]);
}

/** torch._utils._rebuild_tensor_v2(storage, 0, shape, strides, False, OrderedDict()) */
function rebuilt(key: string, count: number, shape: readonly number[]): Bytes {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  const storage = tuple(
    text('storage'),
    bytes('ctorch\nFloatStorage\n'),
    text(key),
    text('cpu'),
    integer(count),
  );
  const inputs = tuple(
    Buffer.concat([storage, bytes('Q')]),
    integer(0),
    tuple(...shape.map(integer)),
    tuple(...strides.map(integer)),
    bytes('\x89'),
    bytes('ccollections\nOrderedDict\n)R'),
  );
  return Buffer.concat([bytes('ctorch._utils\n_rebuild_tensor_v2\n'), inputs, bytes('R')]);
}

/** A zip archive without compression. */
function storedZip(members: readonly (readonly [name: string, content: Bytes])[]): Bytes {
  const locals: Bytes[] = [];
  const directory: Bytes[] = [];
  let offset = 0;
  for (const [name, content] of members) {
    // Version, flags, method, time, date, checksum, both sizes, lengths of the name and of nothing.
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(content.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([bytes('PK\x03\x04'), common, bytes(name), content]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    directory.push(bytes('PK\x01\x02\x14\x00'), common, rest, bytes(name));
    locals.push(local);
    offset += local.length;
  }
  const index = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(members.length, 4);
  end.writeUInt16LE(members.length, 6);
  end.writeUInt32LE(index.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...locals, index, bytes('PK\x05\x06'), end]);
}
