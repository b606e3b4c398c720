import { mkdir, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { TrainingEvent } from '../../loop/training-event.js';
import { AppendFile } from '../append-file.js';
import { type EventContent, encodeEvent, type ImageSummary } from './event-message.js';
import { frameRecord } from './record-frame.js';

let filesOfProcess = 0;

/** A file that TensorBoard reads, also while it grows. */
export class EventFile {
  readonly #file: AppendFile;

  private constructor(file: AppendFile) {
    this.#file = file;
  }

  /**
   * Begins a new file in a folder. TensorBoard takes files in the order of their names, and when this one says that
   * a step follows, it forgets what earlier ones told about that step and later ones.
   *
   * @param completed steps.
   */
  static async create(folder: string, completed: number): Promise<EventFile> {
    await mkdir(folder, { recursive: true });
    const seconds = String(Math.floor(Date.now() / 1000)).padStart(10, '0');
    const name = `events.out.tfevents.${seconds}.${hostname()}.${process.pid}.${filesOfProcess++}`;
    const file = new EventFile(await AppendFile.open(join(folder, name), 0));
    await file.#append(0, { kind: 'version' });
    await file.#append(completed + 1, { kind: 'session' });
    return file;
  }

  /** Losses and figures as scalars, pictures as images; other events say nothing here. */
  async write(event: TrainingEvent): Promise<void> {
    if (event.type === 'progress') {
      const { step, losses, imagesPerSecond } = event;
      const speed = imagesPerSecond === undefined ? {} : { 'speed/imagesPerSecond': imagesPerSecond };
      await this.#append(step, {
        kind: 'summary',
        scalars: { ...under('loss', losses), ...speed },
        images: {},
      });
    } else if (event.type === 'evaluation') {
      const { step, figures, pictures } = event;
      const images: Record<string, ImageSummary> = {};
      for (const { name, path, picture } of pictures) {
        const { width, height } = picture;
        images[`evaluation/${name}`] = { width, height, png: await readFile(path) };
      }
      await this.#append(step, { kind: 'summary', scalars: under('evaluation', figures), images });
    }
  }

  async sync(): Promise<void> {
    await this.#file.sync();
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  async #append(step: number, content: EventContent): Promise<void> {
    await this.#file.append(frameRecord(encodeEvent({ wallTime: Date.now() / 1000, step, content })));
  }
}

function under(group: string, numbers: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(numbers).map(([name, value]) => [`${group}/${name}`, value]));
}
