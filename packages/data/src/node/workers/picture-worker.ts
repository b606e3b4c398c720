// A program of its own, started as a thread by its file address.
import { type MessagePort, parentPort } from 'node:worker_threads';
import type { PreparedPictures } from '../../dataset/picture-dataset.js';
import { preparePictures } from '../../dataset/prepare-pictures.js';
import { reasonOf } from '../../dataset/reason-of.js';
import type { Picture } from '../../picture/picture.js';
import { readPicture } from '../picture-file.js';
import type { WorkerReply, WorkerRequest } from './worker-messages.js';

const port = parentPort as MessagePort;

port.on('message', async (request: WorkerRequest) => {
  const pathOf = new Map(request.slots.map(({ index, path }) => [index, path]));
  try {
    const prepared = await preparePictures(
      request,
      (index) => readPicture(pathOf.get(index)!),
      (error, index) => reasonOf(error, pathOf.get(index)!),
    );
    reply({ id: request.id, prepared: share(prepared) }, [prepared.data.buffer as ArrayBuffer]);
  } catch (error) {
    reply({ id: request.id, error: error instanceof Error ? error.message : String(error) }, []);
  }
});

function reply(message: WorkerReply, transferred: ArrayBuffer[]): void {
  port.postMessage(message, transferred);
}

/** Kept pictures move to shared memory: from there they are never copied again. */
function share({ data, failures, kept }: PreparedPictures): PreparedPictures {
  const shared = new Map<number, Picture>();
  for (const [slot, { width, height, data: bytes }] of kept) {
    const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
    copy.set(bytes);
    shared.set(slot, { width, height, data: copy });
  }
  return { data, failures, kept: shared };
}
