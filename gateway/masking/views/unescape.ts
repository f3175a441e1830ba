import { HEX, type View } from './view.ts'

/**
 * Undoes what text may be wrapped in beside JSON's own escapes: `%40`, `\u0040`, `\x40`, `\"`, `&#64;`, `&amp;`. An escape
 * that a preview has cut, with or without an ellipsis behind it, is left out: a credential's beginning would not stand at
 * the end.
 */
export function undoEscapes(buf: Buffer, start: number, end: number, view: View): void {
  view.reset((end - start) * 2 + 4)
  let i = start
  const shown = end - ellipsis(buf, start, end)
  const whole = shown - cutEscape(buf, start, shown)
  while (i < whole) {
    const c = buf[i]!
    const used =
      c === 0x25
        ? percent(buf, i, end, view)
        : c === 0x5c
          ? backslash(buf, i, end, view)
          : c === 0x26
            ? entity(buf, i, end, view)
            : 0
    if (used === 0) view.put(c, i++)
    else i += used
  }
  for (let rest = Math.max(i, shown); rest < end; rest++) view.put(buf[rest]!, rest)
  view.map[view.length] = end
}

/** Bytes of the ellipsis at the end of the text: `…`, `..`, `...`. */
function ellipsis(buf: Buffer, start: number, end: number): number {
  let dots = 0
  while (dots < 3 && end - dots > start && buf[end - dots - 1] === 0x2e) dots++
  if (dots > 1) return dots
  const sign = end - start >= 3 && buf[end - 3] === 0xe2 && buf[end - 2] === 0x80 && buf[end - 1] === 0xa6
  return sign ? 3 : 0
}

const LONGEST = 10
const CUT =
  /(?:%[0-9a-fA-F]?|\\+(?:u[0-9a-fA-F]{0,3}|x[0-9a-fA-F]?)?|&(?:#[xX]?[0-9a-fA-F]{0,7}|[a-z]{0,6}))$/

/** Bytes of an escape that begins at the end of the text and does not end there. */
function cutEscape(buf: Buffer, start: number, end: number): number {
  const from = Math.max(start, end - LONGEST)
  for (let i = from; i < end; i++) {
    const c = buf[i]
    if (c === 0x25 || c === 0x5c || c === 0x26)
      return CUT.exec(buf.toString('latin1', from, end))?.[0].length ?? 0
  }
  return 0
}

function percent(buf: Buffer, i: number, end: number, view: View): number {
  const value = hex(buf, i + 1, 2, end)
  if (value < 0) return 0
  view.put(value, i)
  return 3
}

const SHORT: Readonly<Record<number, number>> = { 110: 10, 114: 13, 116: 9, 34: 0x22, 39: 0x27, 47: 0x2f }

function backslash(buf: Buffer, i: number, end: number, view: View): number {
  let at = i + 1
  // Text escaped several times over has several backslashes before the letter.
  while (at < end && buf[at] === 0x5c) at++
  const letter = buf[at] ?? 0
  if (letter === 0x75 || letter === 0x78) {
    const digits = letter === 0x75 ? 4 : 2
    let value = hex(buf, at + 1, digits, end)
    if (value < 0) return 0
    let used = at + 1 + digits - i
    if (value >= 0xd800 && value < 0xdc00 && buf[i + used] === 0x5c) {
      let low = i + used
      while (low < end && buf[low] === 0x5c) low++
      const second = buf[low] === 0x75 ? hex(buf, low + 1, 4, end) : -1
      if (second >= 0xdc00 && second < 0xe000) {
        value = 0x10000 + ((value - 0xd800) << 10) + (second - 0xdc00)
        used = low + 5 - i
      }
    }
    view.putPoint(value, i)
    return used
  }
  const short = SHORT[letter]
  if (short === undefined || at >= end) return 0
  view.put(short, i)
  return at + 1 - i
}

function entity(buf: Buffer, i: number, end: number, view: View): number {
  const text = buf.toString('latin1', i, Math.min(end, i + 12))
  const match =
    /^&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|(amp|lt|gt|quot|apos|commat|colon|equals|sol|period|lowbar|hyphen|dash|plus));?/.exec(
      text,
    )
  if (!match) return 0
  const point = match[1] ? Number(match[1]) : match[2] ? Number.parseInt(match[2], 16) : NAMED[match[3]!]!
  if (point > 0x10ffff) return 0
  view.putPoint(point, i)
  return match[0].length
}

const NAMED: Readonly<Record<string, number>> = {
  amp: 0x26,
  lt: 0x3c,
  gt: 0x3e,
  quot: 0x22,
  apos: 0x27,
  commat: 0x40,
  colon: 0x3a,
  equals: 0x3d,
  sol: 0x2f,
  period: 0x2e,
  lowbar: 0x5f,
  hyphen: 0x2d,
  dash: 0x2d,
  plus: 0x2b,
}

function hex(buf: Buffer, at: number, digits: number, end: number): number {
  if (at + digits > end) return -1
  let value = 0
  for (let k = 0; k < digits; k++) {
    const digit = HEX[buf[at + k]!]!
    if (digit < 0) return -1
    value = value * 16 + digit
  }
  return value
}
