import type { TrainingEvent } from '../loop/training-event.js';

/**
 * A line of `log.jsonl` for an event, or nothing for events that say nothing about the model. Without a wall clock, so
 * that the log of a training that was interrupted reads like that of one that was not.
 */
export function jsonLineOf(event: TrainingEvent): string | undefined {
  switch (event.type) {
    case 'start':
    case 'checkpoint':
      return undefined;
    case 'evaluation': {
      const { type, step, figures, best, pictures } = event;
      const names = Object.fromEntries(pictures.map(({ name, path }) => [name, path]));
      return lineOf({ type, step, figures, best, pictures: names });
    }
    default:
      return lineOf(event);
  }
}

function lineOf(value: object): string {
  return `${JSON.stringify(value)}\n`;
}
