import {
  asObject,
  asString,
  checkEmojiSets,
  type EmojiSet,
  emojiSets,
  readEmojiSetFile,
} from './emoji-sets.js';

/** Who drew a set and on what terms it may be used. */
export interface EmojiAttribution {
  readonly set: EmojiSet;
  readonly title: string;
  readonly author: string;
  readonly authorUrl: string;
  /** An SPDX identifier. */
  readonly license: string;
  readonly licenseTitle: string;
  readonly licenseUrl: string;
  /** The npm package the pictures come from, and its version. */
  readonly source: string;
  /** One sentence with all of this, for a dataset's licence file. */
  readonly notice: string;
}

/**
 * The attributions that a dataset made of these sets has to carry, from each package's `info.json`.
 *
 * @param sets default: all
 * @throws ArgumentError for an unknown set
 */
export async function emojiLicences(sets: readonly EmojiSet[] = emojiSets): Promise<EmojiAttribution[]> {
  return Promise.all(checkEmojiSets(sets).map(attributionOf));
}

async function attributionOf(set: EmojiSet): Promise<EmojiAttribution> {
  const [info, manifest] = await Promise.all([
    readEmojiSetFile(set, 'info.json'),
    readEmojiSetFile(set, 'package.json'),
  ]);
  const author = asObject(info.content['author'], info.path, 'author');
  const license = asObject(info.content['license'], info.path, 'license');
  const version = asString(manifest.content['version'], manifest.path, 'version');
  const attribution = {
    set,
    title: asString(info.content['name'], info.path, 'name'),
    author: asString(author['name'], info.path, 'author.name'),
    authorUrl: asString(author['url'], info.path, 'author.url'),
    license: asString(license['spdx'], info.path, 'license.spdx'),
    licenseTitle: asString(license['title'], info.path, 'license.title'),
    licenseUrl: asString(license['url'], info.path, 'license.url'),
    source: `@iconify-json/${set}@${version}`,
  };
  return { ...attribution, notice: noticeOf(attribution) };
}

function noticeOf(attribution: Omit<EmojiAttribution, 'notice'>): string {
  const { title, author, authorUrl, license, licenseTitle, licenseUrl, source } = attribution;
  return (
    `${title} by ${author} (${authorUrl}), licensed under ${licenseTitle} (${license}, ${licenseUrl}), ` +
    `taken from ${source}; changed by rasterising over white.`
  );
}
