import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrainingEvent } from '../loop/training-event.js';
import { AppendFile } from './append-file.js';
import { jsonLineOf } from './json-lines.js';
import { EventFile } from './tensorboard/event-file.js';

export const jsonLinesName = 'log.jsonl';
export const tensorboardName = 'tensorboard';

/** How far the logs were when a checkpoint was made. */
export interface LogPosition {
  /** Completed steps. */
  readonly step: number;
  /** How long files were, by name, in bytes. */
  readonly logs: Readonly<Record<string, number>>;
}

/** The log files of a training. */
export class RunLogs {
  readonly #lines: AppendFile;
  readonly #events: EventFile;

  private constructor(lines: AppendFile, events: EventFile) {
    this.#lines = lines;
    this.#events = events;
  }

  /** @param from what was logged after it does not count any more. */
  static async open(folder: string, from: LogPosition = { step: 0, logs: {} }): Promise<RunLogs> {
    await mkdir(folder, { recursive: true });
    const lines = await AppendFile.open(join(folder, jsonLinesName), from.logs[jsonLinesName] ?? 0);
    try {
      return new RunLogs(lines, await EventFile.create(join(folder, tensorboardName), from.step));
    } catch (error) {
      await lines.close();
      throw error;
    }
  }

  async write(event: TrainingEvent): Promise<void> {
    const line = jsonLineOf(event);
    if (line !== undefined) await this.#lines.append(new TextEncoder().encode(line));
    await this.#events.write(event);
  }

  /** How long files are that are cut when a training goes on, once everything has reached the disk. */
  async positions(): Promise<Record<string, number>> {
    await this.#events.sync();
    return { [jsonLinesName]: await this.#lines.sync() };
  }

  async close(): Promise<void> {
    await Promise.all([this.#lines.close(), this.#events.close()]);
  }
}
