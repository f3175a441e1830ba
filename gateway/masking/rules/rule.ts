/**
 * A content rule finds one kind of value by what it looks like. Its keywords are found by the automaton; only there is
 * its pattern tried, on a bounded piece of text. A rule carries its own examples and cannot be registered while one of
 * them fails.
 */
export interface ContentRule {
  readonly name: string
  readonly title: string
  /** `credential` opens something, `identifier` names an account or person in a system, `personal` is about a person. */
  readonly kind: 'credential' | 'identifier' | 'personal'
  /** See `keyword` in scan/keyword.ts for their few classes. */
  readonly keywords: readonly string[]
  /** Keywords and pattern ignore letter case. */
  readonly caseless?: boolean
  /** Tried exactly where a keyword begins, or `lead` before it. A group, if there is one, is the secret and ends the match. */
  readonly pattern: string
  /** The match may begin earlier. */
  readonly lead?: {
    /** Over at most `max` characters of this class. */
    readonly chars: string
    readonly max: number
    /** Every such place is tried, not only the first; where one of `starts` stands, if given. */
    readonly each?: boolean
    readonly starts?: string
    /** A longer run of the class holds no match. */
    readonly whole?: boolean
  }
  /** Where the text ends (or is cut with an ellipsis) inside a value: how much of it is enough to know it. */
  readonly cut?: string
  /** Check digits, variety: what a pattern cannot say. A number is how many characters of the match count. */
  readonly check?: (secret: string) => boolean | number
  /** Distinctive enough to be looked for across neighbouring strings, such as streamed token deltas. */
  readonly join?: boolean
  readonly examples: { readonly match: readonly string[]; readonly pass: readonly string[] }
}

/** A credential that begins with a distinctive prefix and goes on in one alphabet: the usual form of vendors' tokens. */
export function prefixed(rule: {
  name: string
  title: string
  prefixes: readonly string[]
  /** Character class after the prefix, e.g. `A-Za-z0-9`. */
  chars: string
  /** Fewest characters after the prefix. */
  length: number
  /** Fewest characters after the prefix that tell a value cut short; 4 by default. */
  cut?: number
  /** May the prefix stand inside a word? Only for prefixes that no word holds. */
  inside?: boolean
  check?: (secret: string) => boolean
  examples?: { match?: readonly string[]; pass?: readonly string[] }
}): ContentRule {
  const start = `${rule.inside ? '' : '(?<![A-Za-z0-9])'}(?:${rule.prefixes.map(literal).join('|')})`
  return {
    name: rule.name,
    title: rule.title,
    kind: 'credential',
    keywords: rule.prefixes,
    pattern: `${start}[${rule.chars}]{${rule.length},}`,
    cut: `${start}[${rule.chars}]{${rule.cut ?? 4},}`,
    ...(rule.check ? { check: rule.check } : {}),
    join: true,
    examples: {
      match: [
        ...rule.prefixes.map((prefix) => `key ${prefix}${filler(rule.length, rule.chars)} end`),
        ...(rule.examples?.match ?? []),
      ],
      pass: [`the prefix ${rule.prefixes[0]} alone`, ...(rule.examples?.pass ?? [])],
    },
  }
}

const literal = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')

/** A visibly fake secret of this length, in this alphabet; made up here so that no scanner takes it for a real one. */
export function filler(length: number, chars = 'A-Za-z0-9'): string {
  const allowed = new RegExp(`[${chars}]`)
  const words = ['Test1234Fake', 'TESTTEST2345', 'test1234fake', '0123456789ab', '12345678']
  const word = words.find((w) => [...w].every((c) => allowed.test(c))) ?? '7'
  return word.repeat(Math.ceil(length / word.length)).slice(0, length)
}

/** How many different characters a text has: what keeps words repeated, dots and dashes from being secrets. */
function variety(text: string): number {
  const seen = [0, 0, 0, 0]
  let count = 0
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i) & 127
    const bit = 1 << (c & 31)
    const word = seen[c >> 5]!
    if ((word & bit) !== 0) continue
    seen[c >> 5] = word | bit
    count++
  }
  return count
}

const PLACEHOLDER = /^(?:\$\{|\$\(|\{\{|<|%|\*{3}|x{4}|\[masked|\[pseudonym|\[hidden|\[withheld|your[_-])/i

/** Mixed alphabets and enough variety: not a word, a name in code, or a placeholder. */
export function looksSecret(text: string): boolean {
  if (text.length < 8) return false
  let small = 0
  let capital = 0
  let digit = 0
  let other = 0
  let name = true
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c <= 0x20) return false
    if (c >= 0x61 && c <= 0x7a) small = 1
    else if (c >= 0x41 && c <= 0x5a) capital = 1
    else {
      if (c >= 0x30 && c <= 0x39) digit = 1
      else other = 1
      if (!NAMING.has(c)) name = false
    }
  }
  const kinds = small + capital + digit + other
  if (kinds < 2 || PLACEHOLDER.test(text)) return false
  if (name) return text.length >= 20 && variety(text) >= 16
  return variety(text) >= (text.length >= 16 ? 8 : 6)
}

/** What names in code hold beside letters: `_`, `.`, brackets, `-`. */
const NAMING: ReadonlySet<number> = new Set([...'_.()[]-'].map((c) => c.charCodeAt(0)))

/** The same for a passphrase typed by a person, where the name before it already says that it is one. */
export const looksPassword = (text: string): boolean =>
  text.length >= 4 &&
  !/^(?:\$\{|\$\(|\{\{|<|%|\*{3}|x{3}|\[masked|\[pseudonym|\[hidden|\[withheld|true$|false$|null$|none$|undefined$|required$|string$|changeme\?)/i.test(
    text,
  )
