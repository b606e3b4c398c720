/** Runs tasks one after the other, in the order of their arrival. */
export class Queue {
  /** Ends when all that came so far has ended; undefined while nothing is under way. */
  #last: Promise<unknown> | undefined;

  run<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#last === undefined ? task() : this.#last.then(task);
    const ended = result.then(nothing, nothing).then(() => {
      if (this.#last === ended) this.#last = undefined;
    });
    this.#last = ended;
    return result;
  }
}

const nothing = (): void => undefined;
