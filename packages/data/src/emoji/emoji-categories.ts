/** The groups of the Unicode emoji list, which all the sets follow. */
export type EmojiCategory =
  | 'activities'
  | 'animals-and-nature'
  | 'flags'
  | 'food-and-drink'
  | 'objects'
  | 'people-and-body'
  | 'smileys-and-emotion'
  | 'symbols'
  | 'travel-and-places';

/** As the packages' `metadata.json` spells them. */
const categoryOfTitle: ReadonlyMap<string, EmojiCategory> = new Map([
  ['Activities', 'activities'],
  ['Animals & Nature', 'animals-and-nature'],
  ['Flags', 'flags'],
  ['Food & Drink', 'food-and-drink'],
  ['Objects', 'objects'],
  ['People & Body', 'people-and-body'],
  ['Smileys & Emotion', 'smileys-and-emotion'],
  ['Symbols', 'symbols'],
  ['Travel & Places', 'travel-and-places'],
]);

/**
 * The ten emoji that one set puts elsewhere than the two others do, by code point; the majority decides, so that
 * one thing has one label in every set.
 */
const categoryOfDisputed: ReadonlyMap<string, EmojiCategory> = new Map([
  ['1f344', 'animals-and-nature'], // mushroom
  ['1f4a3', 'objects'], // bomb
  ['1f52b', 'activities'], // water pistol
  ['1f980', 'animals-and-nature'], // crab
  ['1f990', 'animals-and-nature'], // shrimp
  ['1f991', 'animals-and-nature'], // squid
  ['1f99e', 'animals-and-nature'], // lobster
  ['1f9aa', 'animals-and-nature'], // oyster
  ['1f9ff', 'objects'], // nazar amulet
  ['1faac', 'objects'], // hamsa
]);

/** The category of an emoji, or undefined for a title that no known release of the packages has. */
export function categoryOf(title: string, codePoints: string): EmojiCategory | undefined {
  return categoryOfDisputed.get(codePoints) ?? categoryOfTitle.get(title);
}
