/** Prints one measured share next to what is asked of it. */
export function reportShare(what: string, ours: number, bare: number, unit: string, target: number): void {
  const share = ours / bare;
  print([what, `${format(ours)} ${unit}`, `${format(bare)} ${unit}`, share.toFixed(3), `≥ ${target}`]);
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
