import { log } from '@clack/prompts';
import { withProgress } from '@softvq/console';

/** Shows how far some work is, and at its end how long it took. */
export async function timed<Result>(
  title: string,
  work: (onProgress: (done: number, total: number) => void) => Promise<Result>,
): Promise<Result> {
  const started = performance.now();
  const result = await withProgress(title, (update) =>
    work((done, total) => update(done / total, `${title}: ${Math.floor((100 * done) / total)} %`)),
  );
  log.success(`${title}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return result;
}
