/**
 * 64 bits, as 16 hexadecimal digits, that change with the classes, the names, the labels and their order: two 32-bit
 * hashes over UTF-16 code units, FNV-1a and a rotating one. It guards against mistakes, not against malice.
 */
export function fingerprintOf(
  classes: readonly string[],
  names: readonly string[],
  labels: Int32Array,
): string {
  const hash = new FingerprintHash();
  hash.addNumber(classes.length);
  for (const name of classes) hash.addText(name);
  hash.addNumber(names.length);
  for (const [index, name] of names.entries()) {
    hash.addText(name);
    hash.addNumber(labels[index]!);
  }
  return hash.digest();
}

const prime = 0x01000193;

class FingerprintHash {
  #first = 0x811c9dc5;
  #second = 0x1b873593;

  addText(text: string): void {
    this.addNumber(text.length);
    for (let index = 0; index < text.length; index++) this.#addUnit(text.charCodeAt(index));
  }

  addNumber(value: number): void {
    this.#addUnit(value & 0xffff);
    this.#addUnit(value >>> 16);
  }

  digest(): string {
    const hexadecimal = (word: number) => (word >>> 0).toString(16).padStart(8, '0');
    return hexadecimal(this.#first) + hexadecimal(this.#second);
  }

  #addUnit(unit: number): void {
    this.#first = Math.imul(this.#first ^ unit, prime);
    // The second half rotates, or both would be functions of the same low bits.
    const mixed = Math.imul(this.#second ^ unit, 0xcc9e2d51);
    this.#second = (mixed << 13) | (mixed >>> 19);
  }
}
