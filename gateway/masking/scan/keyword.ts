const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const CLASSES: Readonly<Record<string, string>> = {
  d: '0123456789',
  h: '0123456789abcdefABCDEF',
  U: LETTERS,
  w: `0123456789_${LETTERS}${LETTERS.toLowerCase()}`,
  s: ' -./',
  '=': '=:"\'\\',
  '\\': '\\',
}

/**
 * A keyword: literal text (Latin-1, one character a byte), with `\d` a digit, `\h` a hex digit, `\U` an upper-case letter,
 * `\w` a letter, digit or `_`, `\s` a space or one of `-./`, `\=` what stands between a name and its value.
 * @returns for each position the characters that may stand there.
 */
export function keyword(source: string, caseless: boolean): string[] {
  const sets: string[] = []
  for (let i = 0; i < source.length; i++) {
    const c = source[i]!
    if (c === '\\') sets.push(CLASSES[source[++i] ?? ''] ?? source[i]!)
    else sets.push(caseless && c.toUpperCase() !== c.toLowerCase() ? c.toLowerCase() + c.toUpperCase() : c)
  }
  return sets
}
