import type { Picture } from '../picture/picture.js';

/** Pictures kept for later epochs, as long as there is room. None is ever given up for another. */
export class PictureMemory {
  readonly #pictures = new Map<number, Picture>();
  readonly #limit: number;
  #bytes = 0;
  #full = false;

  /** @param limit in bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether it is worth offering another picture. */
  get hasRoom(): boolean {
    return !this.#full;
  }

  get(index: number): Picture | undefined {
    return this.#pictures.get(index);
  }

  keep(index: number, picture: Picture): void {
    const bytes = picture.data.length;
    if (this.#pictures.has(index)) return;
    if (this.#bytes + bytes > this.#limit) {
      this.#full = true;
      return;
    }
    this.#pictures.set(index, picture);
    this.#bytes += bytes;
  }

  clear(): void {
    this.#pictures.clear();
    this.#bytes = 0;
    this.#full = true;
  }
}
