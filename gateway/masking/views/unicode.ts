/**
 * Text as a person reads it: zero-width characters gone, compatibility forms (NFKC) and look-alike letters of other
 * scripts as ASCII. Only what turns into ASCII matters, since every content rule is written in ASCII.
 */

/** Look-alikes that NFKC leaves alone: the letters of Unicode's confusables that print like one ASCII character. */
const LOOKALIKES: readonly (readonly [string, string])[] = [
  ['A', 'АΑᎪꓮ'],
  ['B', 'ВΒᏴꓐ'],
  ['C', 'СϹᏟꓚ'],
  ['D', 'Ꭰꓓ'],
  ['E', 'ЕΕᎬꓰ'],
  ['F', 'Ϝꓝ'],
  ['G', 'Ꮐꓖԍ'],
  ['H', 'НΗᎻꓧ'],
  ['I', 'ІΙӀꓲ'],
  ['J', 'ЈͿᎫꓙ'],
  ['K', 'КΚᏦꓗ'],
  ['L', 'Ꮮꓡ'],
  ['M', 'МΜᎷꓟϺ'],
  ['N', 'Νꓠ'],
  ['O', 'ОΟՕꓳ'],
  ['P', 'РΡᏢꓑ'],
  ['Q', 'Ԛ'],
  ['R', 'Ꭱꓣ'],
  ['S', 'ЅᏚꓢՏ'],
  ['T', 'ТΤᎢꓔ'],
  ['U', 'Սꓴ'],
  ['V', 'ᏙꓦѴ'],
  ['W', 'ԜᎳꓪ'],
  ['X', 'ХΧꓫ'],
  ['Y', 'ҮΥꓬ'],
  ['Z', 'ΖᏃꓜ'],
  ['a', 'аɑα'],
  ['b', 'Ьᑲ'],
  ['c', 'сϲᴄ'],
  ['d', 'ԁᏧ'],
  ['e', 'еҽ'],
  ['g', 'ɡց'],
  ['h', 'һհ'],
  ['i', 'іιı'],
  ['j', 'јϳ'],
  ['k', 'κк'],
  ['l', 'ӏɩ'],
  ['m', 'м'],
  ['n', 'ոռ'],
  ['o', 'оοօσ'],
  ['p', 'рρ'],
  ['q', 'ԛզ'],
  ['r', 'гᴦ'],
  ['s', 'ѕꜱ'],
  ['t', 'τт'],
  ['u', 'υսʋ'],
  ['v', 'ѵνᴠ'],
  ['w', 'ԝաᴡ'],
  ['x', 'х'],
  ['y', 'уүγ'],
  ['z', 'ᴢ'],
  ['-', '‐‑‒–—―−﹘⁃➖'],
  ["'", '‘’‚‛ʼ′'],
  ['"', '“”„‟″'],
  ['/', '⁄∕'],
  [':', '։׃∶ː'],
  ['_', '‗'],
  ['=', '゠᐀'],
  ['.', '․۰·'],
  [' ', '\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000'],
]

const lookalikes: ReadonlyMap<number, string> = new Map(
  LOOKALIKES.flatMap(([ascii, forms]) => [...forms].map((form) => [form.codePointAt(0)!, ascii] as const)),
)

const invisible = (point: number) =>
  point === 0xad ||
  point === 0x34f ||
  point === 0x61c ||
  point === 0x180e ||
  (point >= 0x200b && point <= 0x200f) ||
  (point >= 0x202a && point <= 0x202e) ||
  (point >= 0x2060 && point <= 0x206f) ||
  (point >= 0xfe00 && point <= 0xfe0f) ||
  point === 0xfeff ||
  (point >= 0xe0000 && point <= 0xe01ef) ||
  // Combining marks: a letter with a dot below still reads as the letter.
  (point >= 0x300 && point <= 0x36f)

/** What one character above ASCII reads as: '' for nothing, ASCII text, or undefined where it is its own. */
export function reads(point: number): string | undefined {
  if (invisible(point)) return ''
  const known = lookalikes.get(point)
  if (known !== undefined) return known
  // Decimal digits of every script, and what NFKC or NFKD makes ASCII of: full width, mathematical, circled letters.
  const character = String.fromCodePoint(point)
  if (/\p{Nd}/u.test(character)) return digit(point)
  const folded = character.normalize('NFKD').replace(/[\u0300-\u036f]/g, '')
  return /^[\x20-\x7e]+$/.test(folded) ? folded : undefined
}

/** Decimal digits stand in runs of ten that begin at 0; NFKC knows only some of them. */
function digit(point: number): string {
  let zero = point
  while (zero > point - 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--
  const folded = String.fromCodePoint(point).normalize('NFKC')
  return /^[0-9]$/.test(folded) ? folded : String(point - zero)
}

/** A short text (a key, a reason) as it reads. */
export function plainText(text: string): string {
  let out = ''
  for (const character of text) {
    const point = character.codePointAt(0)!
    out += point < 0x80 ? character : (reads(point) ?? character)
  }
  return out
}
