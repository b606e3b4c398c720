const zeroWidthJoiner = '200d';
const skinTones: ReadonlySet<string> = new Set(['1f3fb', '1f3fc', '1f3fd', '1f3fe', '1f3ff']);

/** Joined to an emoji, these give a man, a woman, or the same one looking to the right. */
const variantMarks: ReadonlySet<string> = new Set(['2640', '2642', '27a1']);

/** Gendered code points and what Unicode has for a person of any gender; a picture is nearly the same for all. */
const neutralOf: ReadonlyMap<string, string> = new Map([
  ['1f468', '1f9d1'], // man: person
  ['1f469', '1f9d1'], // woman: person
  ['1f466', '1f9d2'], // boy: child
  ['1f467', '1f9d2'], // girl: child
  ['1f474', '1f9d3'], // old man: older person
  ['1f475', '1f9d3'], // old woman: older person
  ['1f934', '1fac5'], // prince: person with crown
  ['1f478', '1fac5'], // princess: person with crown
  ['1f385', '1f9d1-200d-1f384'], // Santa Claus: Mx Claus
  ['1f936', '1f9d1-200d-1f384'], // Mrs Claus: Mx Claus
  ['1f57a', '1f483'], // man dancing: woman dancing, for want of a neutral one
  ['1fac3', '1f930'], // pregnant man: pregnant woman
  ['1fac4', '1f930'], // pregnant person: pregnant woman
  ['1f46b', '1f9d1-200d-1f91d-200d-1f9d1'], // woman and man holding hands: people holding hands
  ['1f46c', '1f9d1-200d-1f91d-200d-1f9d1'], // men holding hands: people holding hands
  ['1f46d', '1f9d1-200d-1f91d-200d-1f9d1'], // women holding hands: people holding hands
  ['1f48f', '1f9d1-200d-2764-200d-1f48b-200d-1f9d1'], // kiss: spelt out as its gendered forms are
  ['1f491', '1f9d1-200d-2764-200d-1f9d1'], // couple with heart: spelt out as its gendered forms are
  ['1f46a', '1f9d1-200d-1f9d1-200d-1f9d2'], // family: two adults and a child
]);

/**
 * What an emoji shows, whoever drew it: its code points without gender and direction. Every picture that would
 * give another one away has the same concept, as `man-cook` and `woman-cook` of any set, or `man-biking` and the
 * same facing right.
 *
 * @param codePoints hexadecimal, joined by `-`, without variation selectors, as in the packages' `chars.json`
 */
export function conceptOf(codePoints: string): string {
  return codePoints
    .split(`-${zeroWidthJoiner}-`)
    .filter((part, position) => position === 0 || !variantMarks.has(part))
    .map((part) => neutralOf.get(part) ?? part)
    .join(`-${zeroWidthJoiner}-`);
}

/** Whether an emoji is one of the five tones of another, rather than the default yellow. */
export function hasSkinTone(codePoints: string): boolean {
  return codePoints.split('-').some((codePoint) => skinTones.has(codePoint));
}
