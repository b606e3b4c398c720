import { distance } from 'fastest-levenshtein';

const mostShown = 3;

/**
 * The names that a misspelt one may have been meant to be, best first: those that need the fewest letters added, removed
 * or changed (Levenshtein 1966), at most a third of its own or two, and those that contain it as a whole word.
 */
export function nearestNames(misspelt: string, names: Iterable<string>): string[] {
  const wanted = misspelt.trim().toLowerCase();
  const words = inWords(wanted);
  const scored = [...new Set(names)].map((name) => {
    const lower = name.toLowerCase();
    const parts = [lower, ...(lower.includes(',') ? lower.split(',').map((part) => part.trim()) : [])];
    const changes = Math.min(...parts.map((part) => distance(wanted, part)));
    return { name, changes, contains: wanted.length > 2 && inWords(lower).includes(words) };
  });
  return scored
    .filter(({ changes, contains }) => contains || changes <= mostChanges(wanted))
    .sort((a, b) => a.changes - b.changes)
    .slice(0, mostShown)
    .map(({ name }) => name);
}

/** With one space between words and at both ends, so that a whole word is found by its spaces. */
function inWords(text: string): string {
  return ` ${text
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)
    .join(' ')} `;
}

/** Two letters that are exchanged are two changes. */
function mostChanges({ length }: string): number {
  return length < 4 ? 1 : Math.max(2, Math.floor(length / 3));
}
