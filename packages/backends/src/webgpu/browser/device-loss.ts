import { DeviceLostError } from '@softvq/core';

/** How long after a failure the loss of the device may be told: a busy browser takes more than a tenth of a second. */
const graceMilliseconds = 2000;

/** Watches a device, so that what is asked of it after its loss fails with a clear error instead of never ending. */
export class DeviceLoss {
  #info: GPUDeviceLostInfo | undefined;
  readonly #lost: Promise<void>;
  /** What tells those who wait for a task; a promise of the loss itself would remember everybody who ever waited. */
  readonly #waiting = new Set<() => void>();

  constructor(device: GPUDevice) {
    this.#lost = device.lost.then((info) => {
      this.#info = info;
      for (const tell of this.#waiting) tell();
    });
  }

  /** The error, once the device is lost. */
  get error(): DeviceLostError | undefined {
    if (this.#info === undefined) return undefined;
    const { reason, message } = this.#info;
    const why = reason === 'destroyed' ? 'it was destroyed' : message || 'the driver does not say why';
    return new DeviceLostError(
      `the device of the webgpu backend is lost: ${why}; make a new backend and upload again`,
    );
  }

  /** @throws DeviceLostError when the device is lost. */
  assertPresent(): void {
    const { error } = this;
    if (error !== undefined) throw error;
  }

  /**
   * What a task gives, unless the device is lost before.
   *
   * @throws DeviceLostError when it is lost, else what the task throws.
   */
  async orLost<Result>(task: Promise<Result>): Promise<Result> {
    let tell = (): void => undefined;
    const lost = new Promise<never>((_, reject) => {
      tell = () => reject(this.error!);
      if (this.#info === undefined) this.#waiting.add(tell);
      else tell();
    });
    try {
      return await Promise.race([task, lost]);
    } catch (error) {
      // What fails because of the loss may do so a moment before the loss is told.
      await Promise.race([this.#lost, new Promise((resolve) => setTimeout(resolve, graceMilliseconds))]);
      throw this.error ?? error;
    } finally {
      this.#waiting.delete(tell);
    }
  }
}
