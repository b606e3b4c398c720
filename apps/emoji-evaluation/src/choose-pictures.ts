import { RandomStream } from '@softvq/core/random';

/** Positions of `count` pictures of a set drawn by seed, or of all if there are no more. */
export function drawn(pictures: number, count: number, seed: number): Int32Array {
  const random = new RandomStream({ seed, name: 'emoji-evaluation/pictures' });
  return random.permutation(pictures).slice(0, count).sort();
}

/**
 * Positions of `perClass` pictures of each class, drawn by seed, class after class. Where a class has fewer, all of
 * them come before any comes again; classes without pictures are left out.
 */
export function drawnBalanced(
  labels: Int32Array,
  { classes, perClass, seed }: { classes: number; perClass: number; seed: number },
): Int32Array {
  const random = new RandomStream({ seed, name: 'emoji-evaluation/balanced' });
  const chosen = Array.from({ length: classes }, (_, label) => {
    const own = [...labels.keys()].filter((at) => labels[at] === label);
    const order = random.child('class', label).permutation(own.length);
    return own.length === 0 ? [] : Array.from({ length: perClass }, (_, i) => own[order[i % own.length]!]!);
  });
  return Int32Array.from(chosen.flat());
}
