/** Prints one measured share next to what is asked of it, if anything is. */
export function reportShare(what: string, ours: number, bare: number, unit: string, target?: number): void {
  const share = ours / bare;
  const wanted = target === undefined ? '' : `≥ ${target}`;
  print([what, `${format(ours)} ${unit}`, `${format(bare)} ${unit}`, share.toFixed(3), wanted]);
}

/** Rates of the bare products, with their results returned and of the kernels alone. */
export interface BareRates {
  readonly returned: number;
  readonly kernels: number;
}

/** Prints the share of the bare rate next to what is asked of it, and that of the kernels alone. */
export function reportShares(
  what: string,
  ours: number,
  bare: BareRates,
  unit: string,
  target: number,
): void {
  reportShare(what, ours, bare.returned, unit, target);
  reportShare(`${what}, against the kernels alone`, ours, bare.kernels, unit);
}

/** Prints one measured quantity next to what it may be at most. */
export function reportQuantity(what: string, value: string, target: string): void {
  print([what, value, '', '', target]);
}

export function printHeader(): void {
  print(['what', 'ours', 'bare engine or peer', 'ratio', 'wanted']);
  print(['---', '---', '---', '---', '---']);
}

function print(cells: readonly string[]): void {
  console.log(`| ${cells.join(' | ')} |`);
}

function format(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
