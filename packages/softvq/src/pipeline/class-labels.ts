import { ArgumentError } from '@softvq/core';
import { nearestNames } from './nearest-names.js';

/** A class by its name or its number, or null for none. */
export type ClassInput = string | number | null;

/** The names of a generator's classes, and how people ask for them. */
export class ClassLabels {
  /** How many classes there are. */
  readonly classes: number;
  /** By number; empty where classes have no names. */
  readonly names: readonly string[];
  readonly #byName = new Map<string, number[]>();

  /** @throws ArgumentError when there are names, and not one for each class. */
  constructor(names: readonly string[], classes: number) {
    if (names.length > 0 && names.length !== classes) {
      throw new ArgumentError(
        `there are ${names.length} class labels and the generator knows ${classes} classes; give one label for each, or none`,
      );
    }
    this.names = names;
    this.classes = classes;
    for (const [label, name] of names.entries()) this.#add(name, label);
    // ImageNet's labels list synonyms: "goldfish, Carassius auratus". A name of one class is no synonym of another.
    for (const [label, name] of names.entries()) {
      for (const synonym of name.includes(',') ? name.split(',') : []) {
        const known = this.#byName.get(keyOf(synonym));
        if (known === undefined || !known.some((each) => keyOf(names[each]!) === keyOf(synonym))) {
          this.#add(synonym, label);
        }
      }
    }
  }

  /**
   * The number of a class. Names are compared without regard to case; digits are a number where they are no name.
   *
   * @throws ArgumentError for what is no class, with the names it may have been meant to be.
   */
  resolve(wanted: ClassInput): number | null {
    if (wanted === null) return null;
    const label = typeof wanted === 'number' ? wanted : this.#find(wanted);
    if (Number.isInteger(label) && label >= 0 && label < this.classes) return label;
    throw new ArgumentError(`there is no class ${label}; classes are numbered from 0 to ${this.classes - 1}`);
  }

  /** What a class is called: its name, or its number. */
  nameOf(label: number | null): string {
    if (label === null) return 'no class';
    return this.names[label] ?? String(label);
  }

  #add(name: string, label: number): void {
    const key = keyOf(name);
    const known = this.#byName.get(key) ?? [];
    if (!known.includes(label)) known.push(label);
    this.#byName.set(key, known);
  }

  #find(name: string): number {
    const found = this.#byName.get(keyOf(name)) ?? [];
    if (found.length === 1) return found[0]!;
    if (found.length > 1) {
      throw new ArgumentError(
        `"${name}" is the name of the classes ${found.join(' and ')}; give the number of the one that is meant`,
      );
    }
    if (/^-?\d+$/.test(name.trim())) return Number(name);
    throw new ArgumentError(`there is no class "${name}"; ${this.#advice(name)}`);
  }

  #advice(name: string): string {
    if (this.names.length === 0) {
      return `the classes of this pipeline have no names, only the numbers 0 to ${this.classes - 1}`;
    }
    const near = nearestNames(name, this.names);
    if (near.length > 0) return `did you mean ${near.map((each) => `"${each}"`).join(' or ')}?`;
    const shown = this.names.slice(0, 8).map((each) => `"${each}"`);
    return `there are ${this.names.length}, such as ${shown.join(', ')}`;
  }
}

function keyOf(name: string): string {
  return name.trim().toLowerCase();
}
