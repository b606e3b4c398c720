/** Bytes of tensors that went between the host and the device. */
export interface Transfers {
  readonly toDevice: number;
  readonly toHost: number;
}

/** Counts bytes as they move. */
export class TransferCounter {
  #toDevice = 0;
  #toHost = 0;

  get totals(): Transfers {
    return { toDevice: this.#toDevice, toHost: this.#toHost };
  }

  countToDevice(bytes: number): void {
    this.#toDevice += bytes;
  }

  countToHost(bytes: number): void {
    this.#toHost += bytes;
  }
}
