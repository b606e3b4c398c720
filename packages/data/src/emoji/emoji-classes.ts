import { conceptOf } from './emoji-concept.js';

/**
 * What a person may ask a generator for, and the emoji that show it, by their looks rather than by their place in
 * Unicode's groups, some of which are too wide (objects) and some too narrow. One emoji stands for its variants of
 * any gender, direction and skin tone.
 */
const emojiOfClass = {
  aircraft: '✈ 🛩 🛫 🛬 🚁 🚀 🛸 🪂 🛰 🚡 🚠 🚟',
  'animal-face': `
    🐭 🐮 🐯 🐰 🐱 🐴 🐵 🐶 🐷 🐽 🐹 🐺 🐻 🐻‍❄ 🐼 🐨 🐗 🐔 🦁 🦊 🦝 🦄 🫎 🙈 🙉 🙊
    😸 😹 😺 😻 😼 😽 😾 😿 🙀`,
  arrow: '↔ ↕ ↖ ↗ ↘ ↙ ↩ ↪ ➡ ⤴ ⤵ ⬅ ⬆ ⬇ 🔙 🔚 🔛 🔜 🔝 🔃 🔄 🔀 🔁 🔂',
  athlete: '⛷ ⛹ 🏂 🏃 🏄 🏇 🏊 🏋 🏌 🚣 🚴 🚵 🤸 🤹 🤺 🤼 🤽 🤾 🧗 🧘',
  bird: '🐓 🐣 🐤 🐥 🐦 🐦‍⬛ 🐦‍🔥 🐧 🕊 🦃 🦅 🦆 🦉 🦚 🦜 🦢 🦤 🦩 🪿',
  boat: '⛴ ⛵ 🚢 🚤 🛥 🛳 🛶 ⚓ 🛟',
  'body-part': '👀 👁 👂 👃 👄 👅 👣 🦴 🦵 🦶 🦷 🦻 🦾 🦿 🧠 🫀 🫁 🫦 🫆 💪 💅 💋 🪽 🐾',
  building: `
    ⛩ ⛪ 🏗 🏘 🏚 🏛 🏟 🏠 🏡 🏢 🏣 🏤 🏥 🏦 🏨 🏩 🏪 🏫 🏬 🏭 🏯 🏰 💒 🕋 🕌 🕍 🗼 🗽 🛕 🛖 ⛺ 🎪 🛙
    🎠 🎡 🎢 ⛲`,
  button: `
    ⏏ ⏩ ⏪ ⏫ ⏬ ⏭ ⏮ ⏯ ⏸ ⏹ ⏺ ▶ ◀ 🔼 🔽 🎦 🔅 🔆 📶 📳 📴 ✅ ☑ ❎ ❇ ✳ ✴ Ⓜ 🅿 ℹ 🏧 🔘 🔲 🔳 🛜 💟 💠`,
  celebration: '🎀 🎁 🎃 🎆 🎇 🎈 🎉 🎊 🎋 🎍 🎎 🎏 🎐 🎑 🎖 🎗 🏅 🏆 🥇 🥈 🥉 ✨ 🧧 🧨 🪅 🪩 🎄',
  clock: '⌚ ⌛ ⏰ ⏱ ⏲ ⏳ 🕰 🕐 🕑 🕒 🕓 🕔 🕕 🕖 🕗 🕘 🕙 🕚 🕛 🕜 🕝 🕞 🕟 🕠 🕡 🕢 🕣 🕤 🕥 🕦 🕧',
  clothing: `
    🎒 🎩 👒 👔 👕 👖 👗 👘 👙 👚 👛 👜 👝 🥻 🥼 🥽 🦺 🧢 🧣 🧤 🧥 🩱 🩲 🩳 👑 👓 🕶 ⛑ 🪖 🎓 💍 💎 🎽 🥋`,
  'comic-symbol': '💢 💤 💥 💦 💨 💫 💬 💭 🗨 🗯 👁‍🗨 🕳 💯 🫟 🫯 🫧',
  drink: '☕ 🍵 🍶 🍷 🍸 🍹 🍺 🍻 🍼 🍾 🥂 🥃 🥛 🥤 🧃 🧉 🧋 🫖 🫗 🧊',
  device: `
    ⌨ 💻 🖥 🖨 🖱 🖲 💽 💾 💿 📀 📱 📲 ☎ 📞 📟 📠 🔋 🪫 🔌 🎮 🕹 🎥 📷 📸 📹 📺 📻 📼 📽 🎞 🎬 📡 🔦 💡 🔭 🔬
    🔍 🔎 🖼`,
  family: '👪 👨‍👦 👨‍👦‍👦 👨‍👨‍👦‍👦 💑 💏 👬 🫂 🤱 👨‍🍼 👯 👥',
  'fantasy-person': '🦸 🦹 🧙 🧚 🧛 🧜 🧝 🧞 🧟 👼 🎅 🫅 🥷',
  flag: '🎌 🏁 🏳‍🌈 🏳‍⚧ 🏳 🏴 🏴‍☠ 🚩',
  flower: '💐 💮 🌷 🌸 🌹 🌺 🌻 🌼 🥀 🪷 🪻 🏵',
  fruit: '🍇 🍈 🍉 🍊 🍋 🍋‍🟩 🍌 🍍 🍎 🍏 🍐 🍑 🍒 🍓 🥝 🥥 🥭 🫐 🍅',
  gesture: '🙅 🙆 🙇 🙋 🙍 🙎 💁 🤦 🤷 🧏 💆 💇 🤰 🧖',
  hand: `
    ☝ ✊ ✋ ✌ ✍ 👆 👇 👈 👉 👊 👋 👌 👍 👎 👏 👐 🖐 🖕 🖖 🙌 🙏 🤌 🤏 🤘 🤙 🤚 🤛 🤜 🤝 🤞 🤟 🤲 🤳
    🫰 🫱 🫲 🫳 🫴 🫵 🫶 🫷 🫸 🫹 🫺`,
  heart: '❤ 🧡 💛 💚 💙 💜 🖤 🤍 🤎 🩵 🩶 🩷 💓 💔 💕 💖 💗 💘 💝 💞 ❣ ❤‍🔥 ❤‍🩹 ♥',
  'household-item': `
    🚪 🚽 🚿 🛁 🛋 🛏 🛒 🪑 🪒 🪞 🪟 🪠 🪣 🪥 🧴 🧷 🧹 🧺 🧻 🧼 🧽 🧯 🕯 🪔 🏮 🛗 🛍 🧳 🍴 🍽 🥄 🥢 🏺 🫙 💄
    🪭 🪮 ⚰ ⚱ 🪦 🚬 💺 🪤 🛎`,
  insect: '🐌 🐛 🐜 🐝 🐞 🕷 🕸 🦂 🦋 🦗 🦟 🦠 🪰 🪱 🪲 🪳 🫌',
  'japanese-button': '🈁 🈂 🈚 🈯 🈲 🈳 🈴 🈵 🈶 🈷 🈸 🈹 🈺 🉐 🉑 ㊗ ㊙',
  landscape: '⛰ 🌃 🌄 🌅 🌆 🌇 🌉 🌋 🌁 🏔 🏕 🏖 🏙 🏜 🏝 🏞 🗻 🗾 🛤 🛣 🗺 🌌 🌊 🛘 🪨',
  'letter-or-digit': `
    #⃣ *⃣ 0⃣ 1⃣ 2⃣ 3⃣ 4⃣ 5⃣ 6⃣ 7⃣ 8⃣ 9⃣ 🔟 🅰 🅱 🆎 🅾 🆑 🆒 🆓 🆔 🆕 🆖 🆗 🆘 🆙 🆚 🔠 🔡 🔢 🔣 🔤
    🇦 🇧 🇨 🇩 🇪 🇫 🇬 🇭 🇮 🇯 🇰 🇱 🇲 🇳 🇴 🇵 🇶 🇷 🇸 🇹 🇺 🇻 🇼 🇽 🇾 🇿`,
  mammal: `
    🐀 🐁 🐂 🐃 🐄 🐅 🐆 🐇 🐈 🐈‍⬛ 🐎 🐏 🐐 🐑 🐒 🐕 🐕‍🦺 🦮 🐖 🐘 🐩 🐪 🐫 🐿 🦇 🦌 🦍 🦏 🦒 🦓 🦔 🦘 🦙 🦛 🦡
    🦣 🦥 🦦 🦧 🦨 🦫 🦬 🫏`,
  meal: `
    🌭 🌮 🌯 🍔 🍕 🍖 🍗 🍘 🍙 🍚 🍛 🍜 🍝 🍞 🍟 🍡 🍢 🍣 🍤 🍥 🍱 🍲 🍳 🥐 🥓 🥖 🥗 🥘 🥙 🥚 🥞 🥟 🥡 🥣 🥨 🥩 🥪
    🥫 🥯 🧀 🧆 🧇 🧈 🫓 🫔 🫕 🍿`,
  medicine: '💉 💊 🧪 🧫 🧬 🩹 🩺 🩻 🩼 🩸 ⚗ 🌡 ⚕ 🦯',
  money: '💰 💴 💵 💶 💷 💸 💳 🪙 💹 🧾 💱 💲 🪎',
  monster: '👹 👺 👻 👽 👾 🤖 💀 ☠ 💩 😈 👿 🤡 🧌 🫈 🗿 ☃ ⛄',
  music: '🎷 🎸 🎹 🎺 🎻 🥁 🪈 🪇 🪉 🪊 🪕 🪗 🪘 🎵 🎶 🎼 📯 🎤 🎧 🎙 🎚 🎛 🔔 🔕 📢 📣 🔇 🔈 🔉 🔊',
  'neutral-face': `
    😐 😑 😒 😬 😮 😮‍💨 😯 😲 😳 😴 😪 🤐 🤔 🤫 🤨 🧐 🤓 🤥 😶 😶‍🌫 🥱 🙄 🤤 🥸 🫠 🫡 🫢 🫣 🫥 🫨 🫩 🫪 🫫
    🙂‍↔ 🙂‍↕ 😏 😌`,
  'person-portrait': '👱 👲 👳 👶 👨 👴 👦 🧔 🧕 👨‍🦰 👨‍🦱 👨‍🦲 👨‍🦳 🤵 👰 👤 🗣',
  'person-on-the-move': '🚶 🧍 🧎 🕴 💃 🛀 🛌 👨‍🦽 👨‍🦼 👨‍🦯 🧑‍🩰',
  plant: '☘ 🌱 🌲 🌳 🌴 🌵 🌾 🌿 🍀 🍁 🍂 🍃 🪴 🪾 🍄 🪹 🪺 🪵 🪶',
  'punctuation-mark': '‼ ⁉ ✔ ✖ ❌ ❓ ❔ ❕ ❗ ➕ ➖ ➗ ➰ ➿ 〰 〽 ♾ 🟰 © ® ™',
  'religious-symbol': '☦ ☪ ☮ ☯ ☸ ✝ ✡ 🕉 🕎 🔯 🪯 🛐 ⚛ 📿 🪬 🧿 ⚜ 🔱',
  reptile: '🐉 🐲 🐊 🐍 🐢 🐸 🦎 🦕 🦖',
  'road-vehicle': `
    🚌 🚍 🚎 🚐 🚑 🚒 🚓 🚔 🚕 🚖 🚗 🚘 🚙 🚚 🚛 🚜 🏎 🏍 🛵 🚲 🛴 🛺 🛻 🦼 🦽`,
  'sad-face': '☹ 😓 😔 😕 😖 😞 😟 😢 😣 😥 😦 😧 😨 😩 😫 😭 😰 😱 🙁 🥺 🫤 😠 😡 🤬 😤',
  'sea-animal': '🐋 🐬 🐳 🐟 🐠 🐡 🐙 🐚 🦀 🦈 🦐 🦑 🦞 🦪 🦭 🪼 🪸 🫍',
  shape: `
    ⚪ ⚫ 🔴 🔵 🟠 🟡 🟢 🟣 🟤 🟥 🟦 🟧 🟨 🟩 🟪 🟫 ▪ ▫ ◻ ◼ ◽ ◾ ⬛ ⬜ 🔶 🔷 🔸 🔹 🔺 🔻 ⭕ ♠ ♣ ♦`,
  shoe: '👞 👟 👠 👡 👢 🥾 🥿 🩴 🩰 🧦 🛼 ⛸',
  'sick-face': '😷 🤒 🤕 🤢 🤮 🤧 🥵 🥶 🥴 🤯 😵 😵‍💫',
  sign: `
    ⚠ ⛔ ☢ ☣ 🚫 🚭 🚮 🚯 🚰 🚱 🚳 🚷 🚸 🚹 🚺 🚻 🚼 🚾 🛂 🛃 🛄 🛅 ♿ ♻ 🔞 📵 📛 🛑 🔰 ⚧ ♀ ♂ 🪧 🚏 🚥 🚦 🚧
    🚨 💈 ♨`,
  'smiling-face': `
    😀 😁 😂 😃 😄 😅 😆 😇 😉 😊 😋 ☺ 🙂 🙃 🤣 🥲 🥰 😍 🤩 😎 🤗 🤭 🥳 🤠 🥹 😗 😘 😙 😚 😛 😜 🤪 😝 🤑`,
  space: '🌑 🌒 🌓 🌔 🌕 🌖 🌗 🌘 🌙 🌚 🌛 🌜 🌝 🌞 ☀ ⭐ 🌟 🌠 ☄ 🌍 🌎 🌏 🌐 🪐 🪋',
  'sports-gear': '⚽ ⚾ 🏀 🏐 🏈 🏉 🎾 🥎 🎱 🎳 🏏 🏑 🏒 🏓 🏸 🥊 🥅 ⛳ 🎣 🎿 🛷 🥌 🥍 🥏 🎯 🤿 🪀 🪁 🛹',
  stationery: `
    ✏ ✒ 🖊 🖋 🖌 🖍 📝 📁 📂 📃 📄 📅 📆 📇 📈 📉 📊 📋 📌 📍 📎 📏 📐 📑 📒 📓 📔 📕 📖 📗 📘 📙 📚 📜 📰
    🗂 🗃 🗄 🗑 🗒 🗓 🗞 🖇 🏷 🔖 💼 🪪 🧮 🪌 ✉ 📧 📨 📩 📤 📥 📦 📪 📫 📬 📭 📮 💌 🗳`,
  sweet: '🍦 🍧 🍨 🍩 🍪 🍫 🍬 🍭 🍮 🍯 🍰 🎂 🥧 🧁 🥮 🥠',
  tool: `
    ⚒ ⚔ ⚖ ⛏ 🔧 🔨 🔩 🗡 🛠 🛡 🪓 🪚 🪛 🪜 🪝 🧰 🧲 ⚙ ⛓ ⛓‍💥 🗜 🔗 🪏 💣 🏹 🔪 🪃 🔫 ✂ 🔏 🔐 🔑 🔒 🔓 🗝 🧱 🪢
    🪡 🧵 🧶 🛞 ⛽ 🛢 🧭`,
  toy: '🎰 🎲 🧩 🧸 🪆 ♟ 🃏 🀄 🎴 🎭 🎨 🪄 🔮 🎟 🎫 🛝',
  train: '🚂 🚃 🚄 🚅 🚆 🚇 🚈 🚉 🚊 🚋 🚝 🚞',
  vegetable: '🌰 🌶 🌽 🍆 🥑 🥒 🥔 🥕 🥜 🥦 🥬 🧄 🧅 🫑 🫒 🫘 🫚 🫛 🫜 🍠 🧂 🍄‍🟫 🫝',
  weather: '☁ ⛅ ⛈ 🌤 🌥 🌦 🌧 🌨 🌩 🌪 🌫 🌬 🌈 ☂ ☔ 🌂 ⛱ ⚡ ❄ 🌀 💧 🔥',
  worker: `
    🧑‍🎨 🧑‍🚀 🧑‍🍳 🧑‍🏭 🧑‍🌾 🧑‍🚒 🧑‍⚕ 🧑‍⚖ 👨‍🔧 👨‍💼 👨‍✈ 👨‍🔬 👨‍🎤 👨‍🎓 👨‍🏫 👨‍💻 👮 👷 💂 🕵`,
  zodiac: '♈ ♉ ♊ ♋ ♌ ♍ ♎ ♏ ♐ ♑ ♒ ♓ ⛎',
} as const;

/** A name of what a group of emoji shows: `bird`, `smiling-face`. */
export type EmojiClass = keyof typeof emojiOfClass;

/** All classes, sorted by name. */
export const emojiClasses: readonly EmojiClass[] = (Object.keys(emojiOfClass) as EmojiClass[]).sort();

const classOfConcept: ReadonlyMap<string, EmojiClass> = new Map(
  emojiClasses.flatMap((name) =>
    emojiOfClass[name]
      .trim()
      .split(/\s+/)
      .map((emoji) => [conceptOf(codePointsOf(emoji)), name] as const),
  ),
);

/** Spells flags of nations and regions: two regional letters, or a black flag with tags. */
const nationalFlag = /^1f1[ef][0-9a-f]-1f1[ef][0-9a-f]$|^1f3f4-e00/;

/** The class of what an emoji shows, or undefined for the few that fit none. */
export function emojiClassOf(concept: string): EmojiClass | undefined {
  return classOfConcept.get(concept) ?? (nationalFlag.test(concept) ? 'flag' : undefined);
}

/** As the packages spell emoji: hexadecimal of four digits or more, joined by `-`, without variation selectors. */
function codePointsOf(emoji: string): string {
  return Array.from(emoji, (character) => character.codePointAt(0)!.toString(16).padStart(4, '0'))
    .filter((codePoint) => codePoint !== 'fe0f')
    .join('-');
}
