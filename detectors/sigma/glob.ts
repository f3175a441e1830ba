/**
 * Sigma's text patterns: `*` any characters, `?` one, a backslash before either, or before another backslash, takes it
 * as it is; every other backslash is one. Letters of either case are alike unless `cased`. Values come from outside, so
 * the match is a search for piece after piece, which cannot backtrack.
 */
export interface Glob {
  /** Between the stars; in a piece, null is any one character. */
  pieces: readonly (readonly (string | null)[])[]
  cased: boolean
}

/** @param open something may stand before; until: and after */
export function parseGlob(
  text: string,
  { cased, open, until }: { cased: boolean; open: boolean; until: boolean },
): Glob {
  const pieces: (string | null)[][] = [[]]
  const last = () => pieces.at(-1) ?? []
  if (open) pieces.push([])
  const chars = [...(cased ? text : text.toLowerCase())]
  for (let i = 0; i < chars.length; i++) {
    const char = chars[i] ?? ''
    const next = chars[i + 1] ?? ''
    if (char === '\\' && (next === '*' || next === '?' || next === '\\')) {
      last().push(next)
      i++
    } else if (char === '*') pieces.push([])
    else last().push(char === '?' ? null : char)
  }
  if (until) pieces.push([])
  return { pieces, cased }
}

export function globMatch({ pieces, cased }: Glob, value: string): boolean {
  const chars = [...(cased ? value : value.toLowerCase())]
  const [first = [], ...others] = pieces
  if (!fits(first, chars, 0)) return false
  const end = others.pop()
  if (end === undefined) return chars.length === first.length
  let at = first.length
  for (const piece of others) {
    const found = find(piece, chars, at)
    if (found < 0) return false
    at = found + piece.length
  }
  const tail = chars.length - end.length
  return tail >= at && fits(end, chars, tail)
}

function find(piece: readonly (string | null)[], chars: readonly string[], from: number): number {
  for (let at = from; at + piece.length <= chars.length; at++) if (fits(piece, chars, at)) return at
  return -1
}

function fits(piece: readonly (string | null)[], chars: readonly string[], at: number): boolean {
  if (at + piece.length > chars.length) return false
  for (const [i, char] of piece.entries()) if (char !== null && char !== chars[at + i]) return false
  return true
}
