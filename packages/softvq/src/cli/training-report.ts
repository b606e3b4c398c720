import type { DoneEvent, TrainingEvent } from '@softvq/training';
import type { Context } from './context.js';

/**
 * Runs a training, telling what happens: a bar and lines for people, a line of JSON for each event for machines.
 *
 * @returns the last event.
 */
export async function reportTraining(
  events: AsyncIterable<TrainingEvent>,
  context: Context,
): Promise<DoneEvent> {
  const bar = context.progress('training');
  let last: DoneEvent | undefined;
  try {
    for await (const event of events) {
      if (event.type === 'progress') bar.update(event.step / event.steps, summaryOf(event));
      else bar.clear();
      context.event(forMachines(event));
      const line = lineOf(event);
      if (line !== undefined) context.note(line);
      if (event.type === 'evaluation') for (const { path } of event.pictures) await context.show(path);
      if (event.type === 'done') last = event;
    }
  } finally {
    bar.clear();
  }
  return last!;
}

function lineOf(event: TrainingEvent): string | undefined {
  switch (event.type) {
    case 'waiting':
      return `process ${event.process} on ${event.host} trains here, and has to end first; if it does not exist any more, remove ${event.lock}`;
    case 'start':
      return event.checkpoint === undefined
        ? `training for ${event.steps} steps`
        : `going on from ${event.checkpoint}, step ${event.step} of ${event.steps}`;
    case 'evaluation':
      return `step ${event.step}: ${figuresOf(event.figures)}${event.best ? ', the best so far' : ''}`;
    case 'checkpoint':
      return `step ${event.step}: saved ${event.path}`;
    default:
      return undefined;
  }
}

function summaryOf(event: Extract<TrainingEvent, { type: 'progress' }>): string {
  const { step, steps, losses, imagesPerSecond, secondsLeft } = event;
  const parts = [`step ${step} of ${steps}`, figuresOf(losses)];
  if (imagesPerSecond !== undefined) parts.push(`${imagesPerSecond.toPrecision(3)} images/s`);
  if (secondsLeft !== undefined) parts.push(`${durationOf(secondsLeft)} left`);
  return parts.join(', ');
}

function figuresOf(figures: Readonly<Record<string, number>>): string {
  return Object.entries(figures)
    .map(([name, value]) => `${name} ${value.toPrecision(4)}`)
    .join(', ');
}

function durationOf(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

/** Pixels are in the files. */
function forMachines(event: TrainingEvent): object {
  if (event.type !== 'evaluation') return event;
  return { ...event, pictures: event.pictures.map(({ name, path }) => ({ name, path })) };
}
