import { distance } from 'fastest-levenshtein';

/**
 * The name that a misspelt one is probably meant to be: the one with the fewest letters added, removed or changed
 * (Levenshtein, 1965), if these are at most a third of its own. The last part of a path alone may match, too.
 */
export function nearestName(misspelt: string, names: readonly string[]): string | undefined {
  const lastOf = (name: string): string => name.slice(name.lastIndexOf('.') + 1);
  const candidates = names.map((name) => {
    const whole = distance(misspelt.toLowerCase(), name.toLowerCase()) / name.length;
    const last = distance(lastOf(misspelt).toLowerCase(), lastOf(name).toLowerCase()) / lastOf(name).length;
    return { name, share: Math.min(whole, last) };
  });
  candidates.sort((a, b) => a.share - b.share);
  const [best] = candidates;
  return best !== undefined && best.share <= 1 / 3 ? best.name : undefined;
}
