/** A literal in a text: its place, without quotes, and of what kind it is. */
export interface Literal {
  readonly start: number
  readonly end: number
  readonly kind: 'integer' | 'decimal' | 'string'
}

/** A text without its literals, and these. */
export interface Dissected {
  /** What two texts share that differ in literals only. */
  readonly skeleton: string
  readonly literals: readonly Literal[]
}

const MARKS = { integer: '\u0001', decimal: '\u0002', string: '\u0003' } as const
/** Whole numbers up to this many digits are integers to the server, whatever they are. */
const DIGITS = 9

/**
 * Finds the literals of a text by PostgreSQL's lexical rules, where these are simple; undefined for a text with
 * comments, escapes, dollar quotes, prefixed strings, exponents or anything beyond ASCII, which is compiled by itself.
 */
export function dissect(text: string): Dissected | undefined {
  const literals: Literal[] = []
  let skeleton = ''
  let copied = 0
  let at = 0
  const literal = (start: number, end: number, kind: Literal['kind']) => {
    literals.push({ start, end, kind })
    skeleton += text.slice(copied, start) + MARKS[kind]
    copied = end
  }
  while (at < text.length) {
    const code = text.charCodeAt(at)
    const next = text.charCodeAt(at + 1)
    if (code > 0x7e || (code < 0x20 && code !== 9 && code !== 10 && code !== 13)) return undefined
    if (code === QUOTE) {
      const end = stringEnd(text, at)
      if (end === undefined) return undefined
      literal(at + 1, end, 'string')
      at = end + 1
      // E'…', U&'…' and their like stand right before or after a word.
      if (isWord(text.charCodeAt(at))) return undefined
    } else if (code === DOUBLE) {
      const end = text.indexOf('"', at + 1)
      if (end < 0) return undefined
      at = end + 1
    } else if (isDigit(code)) {
      const end = numberEnd(text, at)
      if (end === undefined) return undefined
      literal(at, end, text.slice(at, end).includes('.') ? 'decimal' : 'integer')
      at = end
    } else if (isWord(code)) {
      do at++
      while (isWord(text.charCodeAt(at)) || isDigit(text.charCodeAt(at)) || text.charCodeAt(at) === DOLLAR)
      if (text.charCodeAt(at) === QUOTE) return undefined
    } else if (code === DOLLAR) {
      if (!isDigit(next)) return undefined
      do at++
      while (isDigit(text.charCodeAt(at)))
      if (isWord(text.charCodeAt(at))) return undefined
    } else {
      if (code === next && code === MINUS) return undefined
      if (code === SLASH && next === STAR) return undefined
      if (code === DOT && isDigit(next)) return undefined
      if (code === AMPERSAND && (next === QUOTE || next === DOUBLE)) return undefined
      at++
    }
  }
  return { skeleton: skeleton + text.slice(copied), literals }
}

const [QUOTE, DOUBLE, DOLLAR, MINUS, SLASH, STAR, DOT, AMPERSAND] = [39, 34, 36, 45, 47, 42, 46, 38]
const isDigit = (code: number) => code >= 48 && code <= 57
const isWord = (code: number) => (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95

function stringEnd(text: string, start: number): number | undefined {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 92 || code > 0x7e || code < 0x20) return undefined
    if (code !== QUOTE) continue
    if (text.charCodeAt(at + 1) !== QUOTE) return at
    at++
  }
  return undefined
}

function numberEnd(text: string, start: number): number | undefined {
  let at = start
  while (isDigit(text.charCodeAt(at))) at++
  if (at - start > DIGITS) return undefined
  if (text.charCodeAt(at) === DOT) {
    const point = at++
    while (isDigit(text.charCodeAt(at))) at++
    if (at === point + 1 || at - point > DIGITS) return undefined
    if (text.charCodeAt(at) === DOT) return undefined
  }
  const after = text.charCodeAt(at)
  return isWord(after) || after === DOLLAR ? undefined : at
}
