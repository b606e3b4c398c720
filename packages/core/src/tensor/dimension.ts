import { ArgumentError, ShapeError } from '../errors.js';

/**
 * The size of an axis: a number, or an expression over named symbols that is known only when a
 * compiled function runs (`batch`, `2·batch`, `tokens + 1`).
 */
export type Dimension = number | SymbolicDimension;

/** Sizes of the axes, outermost first. `[]` is a scalar. */
export type Shape = readonly Dimension[];

/** Values of the symbols in one run. */
export type Bindings = ReadonlyMap<string, number>;

/** One product of symbols with its integer coefficient. */
interface Term {
  readonly coefficient: number;
  /** Sorted names of the symbols multiplied, repeated for powers. Empty for the constant term. */
  readonly symbols: readonly string[];
}

/**
 * A polynomial with integer coefficients over named symbols, in canonical form: equal sizes have
 * equal `key`s. Sizes that turn out constant are plain numbers, never instances of this class.
 */
export class SymbolicDimension {
  readonly terms: readonly Term[];
  /** Canonical text, also what `toString` prints. */
  readonly key: string;

  constructor(terms: readonly Term[]) {
    this.terms = terms;
    this.key = terms.map(termText).join(' + ').replaceAll('+ -', '- ');
  }

  toString(): string {
    return this.key;
  }

  toJSON(): string {
    return this.key;
  }
}

function termText({ coefficient, symbols }: Term): string {
  const product = symbols.join('·');
  if (product === '') return String(coefficient);
  return coefficient === 1 ? product : `${coefficient}·${product}`;
}

/** A size that is known only at run time. Names are what `dynamic` of `compile` uses. */
export function symbol(name: string): SymbolicDimension {
  if (!/^[A-Za-z_]\w*$/.test(name)) {
    throw new ArgumentError(`"${name}" cannot name a dimension: use letters, digits and underscores`);
  }
  return new SymbolicDimension([{ coefficient: 1, symbols: [name] }]);
}

function termsOf(dimension: Dimension): readonly Term[] {
  if (typeof dimension !== 'number') return dimension.terms;
  return dimension === 0 ? [] : [{ coefficient: dimension, symbols: [] }];
}

function fromTerms(terms: Iterable<Term>): Dimension {
  const sums = new Map<string, Term>();
  for (const term of terms) {
    const key = term.symbols.join('·');
    const coefficient = (sums.get(key)?.coefficient ?? 0) + term.coefficient;
    sums.set(key, { coefficient, symbols: term.symbols });
  }
  const kept = [...sums.entries()].filter(([, term]) => term.coefficient !== 0);
  if (kept.length === 0) return 0;
  if (kept.length === 1 && kept[0]![0] === '') return kept[0]![1].coefficient;
  // Highest degree first, then by name; the constant comes last.
  kept.sort(([a, ta], [b, tb]) => tb.symbols.length - ta.symbols.length || (a < b ? -1 : 1));
  return new SymbolicDimension(kept.map(([, term]) => term));
}

export function addDimensions(...dimensions: Dimension[]): Dimension {
  return fromTerms(dimensions.flatMap(termsOf));
}

export function multiplyDimensions(...dimensions: Dimension[]): Dimension {
  return dimensions.reduce<Dimension>((product, dimension) => {
    // Adding 0 makes -0 an ordinary 0.
    if (typeof product === 'number' && typeof dimension === 'number') return product * dimension + 0;
    return fromTerms(
      termsOf(product).flatMap((a) =>
        termsOf(dimension).map((b) => ({
          coefficient: a.coefficient * b.coefficient,
          symbols: [...a.symbols, ...b.symbols].sort(),
        })),
      ),
    );
  }, 1);
}

export function subtractDimensions(a: Dimension, b: Dimension): Dimension {
  return addDimensions(a, multiplyDimensions(-1, b));
}

export function dimensionsEqual(a: Dimension, b: Dimension): boolean {
  if (typeof a === 'number' || typeof b === 'number') return a === b;
  return a.key === b.key;
}

/** `a / b` where the division leaves no remainder for every value of the symbols; `undefined` otherwise. */
export function divideDimensions(a: Dimension, b: Dimension): Dimension | undefined {
  if (typeof a === 'number' && typeof b === 'number') {
    return b !== 0 && a % b === 0 ? a / b + 0 : undefined;
  }
  const divisor = termsOf(b);
  const leading = divisor[0];
  if (leading === undefined) return undefined;
  // Polynomial long division on leading terms.
  const quotient: Term[] = [];
  let remainder = a;
  while (remainder !== 0) {
    const head = termsOf(remainder)[0]!;
    const term = divideTerm(head, leading);
    if (term === undefined) return undefined;
    quotient.push(term);
    remainder = subtractDimensions(remainder, multiplyDimensions(fromTerms([term]), b));
  }
  return fromTerms(quotient);
}

function divideTerm(a: Term, b: Term): Term | undefined {
  if (a.coefficient % b.coefficient !== 0) return undefined;
  const rest = [...a.symbols];
  for (const name of b.symbols) {
    const at = rest.indexOf(name);
    if (at < 0) return undefined;
    rest.splice(at, 1);
  }
  return { coefficient: a.coefficient / b.coefficient, symbols: rest };
}

/** The product of all sizes: how many elements a tensor of this shape has. */
export function sizeOf(shape: readonly number[]): number;
export function sizeOf(shape: Shape): Dimension;
export function sizeOf(shape: Shape): Dimension {
  return multiplyDimensions(...shape);
}

/** The value of a size once the symbols are known. */
export function evaluateDimension(dimension: Dimension, bindings: Bindings): number {
  if (typeof dimension === 'number') return dimension;
  return dimension.terms.reduce(
    (sum, { coefficient, symbols }) =>
      sum +
      symbols.reduce((product, name) => {
        const value = bindings.get(name);
        if (value === undefined) throw new ShapeError(`the size of dimension "${name}" is not known`);
        return product * value;
      }, coefficient),
    0,
  );
}

export function evaluateShape(shape: Shape, bindings: Bindings): number[] {
  return shape.map((dimension) => evaluateDimension(dimension, bindings));
}

export function isStatic(shape: Shape): shape is readonly number[] {
  return shape.every((dimension) => typeof dimension === 'number');
}

/** The shape when all of its sizes are numbers; an error that says who needs it otherwise. */
export function staticShape(shape: Shape, what: string): readonly number[] {
  if (!isStatic(shape)) throw new ShapeError(`${what} needs static sizes, not ${formatShape(shape)}`);
  return shape;
}

export function shapesEqual(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dimension, axis) => dimensionsEqual(dimension, b[axis]!));
}

export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/** Symbols that occur in a shape, in order of appearance. */
export function symbolsOf(shape: Shape): string[] {
  const names = shape.flatMap((dimension) => termsOf(dimension).flatMap((term) => term.symbols));
  return [...new Set(names)];
}

/**
 * The shape that both broadcast to: axes are matched from the last; a size of 1 stretches.
 *
 * @throws ShapeError naming `operation` and both shapes.
 */
export function broadcastShapes(operation: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left === 1) return right;
    if (right === 1 || dimensionsEqual(left, right)) return left;
    throw new ShapeError(`${operation}: shapes ${formatShape(a)} and ${formatShape(b)} do not broadcast`);
  });
}

/** An axis counted from the front, given one that may be counted from the back (-1 is the last). */
export function normalizeAxis(operation: string, axis: number, rank: number): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw new ArgumentError(
      rank === 0
        ? `${operation}: axis ${axis} of a scalar, which has none`
        : `${operation}: axis ${axis} is outside -${rank} to ${rank - 1} of a tensor with ${rank} axes`,
    );
  }
  return axis < 0 ? axis + rank : axis;
}

/** Several distinct axes counted from the front and sorted; all of them when `axes` is undefined. */
export function normalizeAxes(
  operation: string,
  axes: number | readonly number[] | undefined,
  rank: number,
): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, axis) => axis);
  const list = (typeof axes === 'number' ? [axes] : axes).map((axis) => normalizeAxis(operation, axis, rank));
  if (new Set(list).size !== list.length) {
    throw new ArgumentError(`${operation}: an axis is named twice in [${list.join(', ')}]`);
  }
  return list.sort((a, b) => a - b);
}
