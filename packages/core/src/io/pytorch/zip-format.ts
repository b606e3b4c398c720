import { FileFormatError } from '../../errors.js';
import { type ByteSource, memorySource } from '../byte-source.js';
import { bytesPerFileElement } from '../file-elements.js';
import { readPickle } from '../pickle/read.js';
import type { PickleValue } from '../pickle/value.js';
import { openZip, type ZipMember } from '../zip-archive.js';
import { torchEnvironment } from './environment.js';
import { Storages } from './storages.js';

const largestPickle = 2 ** 28;

/** Reads the format of PyTorch 1.6 and later: a zip archive of one pickle and one member for each storage. */
export async function readZipFormat(source: ByteSource): Promise<PickleValue> {
  const file = source.name;
  const members = await openZip(source);
  const { folder, pickle } = findPickle(members, file);
  const bigEndian = await isBigEndian(members.get(`${folder}/byteorder`), file);
  const storages = new Storages(file, ({ key, type, length }) => {
    const region = members.get(`${folder}/data/${key}`);
    if (region === undefined) throw new FileFormatError(file, `storage ${key} is missing from the archive`);
    const needed = length * bytesPerFileElement(type);
    if (region.size !== needed) {
      throw new FileFormatError(
        file,
        `storage ${key} of ${length} ${type} takes ${needed} bytes, but has ${region.size}`,
      );
    }
    return { type, bigEndian, region };
  });
  if (pickle.size > largestPickle) {
    throw new FileFormatError(
      file,
      `a pickle of ${pickle.size} bytes is beyond the limit of ${largestPickle}`,
    );
  }
  const bytes = memorySource(await pickle.readAll(), file);
  const { value, end } = await readPickle(bytes, 0, torchEnvironment(file, storages));
  if (end !== bytes.size)
    throw new FileFormatError(file, `${bytes.size - end} bytes follow the end of the pickle`);
  return value;
}

/** Everything is in one folder, called after the file that was saved. */
function findPickle(
  members: ReadonlyMap<string, ZipMember>,
  file: string,
): { folder: string; pickle: ZipMember } {
  const found = [...members.values()].filter(({ name }) => /^[^/]+\/data\.pkl$/.test(name));
  const [pickle] = found;
  if (pickle === undefined || found.length > 1) {
    throw new FileFormatError(file, `a PyTorch archive has one data.pkl; this one has ${found.length}`);
  }
  const folder = pickle.name.slice(0, -'/data.pkl'.length);
  if (members.has(`${folder}/constants.pkl`)) {
    throw new FileFormatError(
      file,
      'this is a TorchScript program; save its state_dict() with torch.save to use the weights',
    );
  }
  return { folder, pickle };
}

async function isBigEndian(member: ZipMember | undefined, file: string): Promise<boolean> {
  if (member === undefined) return false;
  const text = new TextDecoder().decode(await member.readStart(16));
  if (text !== 'little' && text !== 'big') {
    throw new FileFormatError(file, `byteorder must be little or big, not ${JSON.stringify(text)}`);
  }
  return text === 'big';
}
