/** Seconds per step while steps run: pauses for evaluations and checkpoints do not count. */
export class Stopwatch {
  #since = performance.now();
  #seconds = 0;
  #steps = 0;
  #secondsPerStep: number | undefined;

  /** Begins to count, after a pause or after steps that were compiled first. */
  start(): void {
    this.#since = performance.now();
  }

  /** Steps have ended. */
  steps(count: number): void {
    const now = performance.now();
    this.#seconds += (now - this.#since) / 1000;
    this.#since = now;
    this.#steps += count;
  }

  /** Seconds per step since the last lap; where there was no step, those of the lap before. */
  lap(): number | undefined {
    if (this.#steps > 0) this.#secondsPerStep = this.#seconds / this.#steps;
    this.#seconds = 0;
    this.#steps = 0;
    return this.#secondsPerStep;
  }
}
