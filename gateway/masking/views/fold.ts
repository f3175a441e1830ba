import { reads } from './unicode.ts'
import type { View } from './view.ts'

/**
 * Writes the text with zero-width characters gone and look-alikes as ASCII.
 * @returns whether it reads differently from before.
 */
export function fold(
  buf: Buffer,
  start: number,
  end: number,
  view: View,
  memo: Map<number, string>,
): boolean {
  view.reset((end - start) * 4 + 4)
  let changed = false
  let i = start
  while (i < end) {
    const c = buf[i]!
    if (c < 0x80) {
      view.put(c, i++)
      continue
    }
    const size = sizeOf(c)
    const text = readingAt(buf, i, size, memo)
    if (text === OTHER) view.put(0xff, i)
    else {
      changed = true
      for (let k = 0; k < text.length && k < 4 * size; k++) view.put(text.charCodeAt(k), i)
    }
    i += size
  }
  view.map[view.length] = end
  return changed
}

/**
 * Writes only the surroundings of what reads differently, as many bytes before and after as `near` says: enough to see
 * whether a keyword comes into being there. @returns undefined where more would have to be looked at, since a run of
 * base64 may come into being, too; else whether anything reads differently.
 */
export function foldNear(
  buf: Buffer,
  start: number,
  end: number,
  view: View,
  memo: Map<number, string>,
  near: number,
): boolean | undefined {
  view.reset((end - start) * 4 + 4)
  let changed = false
  /** Up to here bytes are written, or left out; up to there they belong to what stands before. */
  let done = start
  let wanted = start
  for (let i = start; i < end; ) {
    const c = buf[i]!
    if (c < 0x80) {
      i++
      continue
    }
    const size = sizeOf(c)
    const text = readingAt(buf, i, size, memo)
    if (text !== OTHER) {
      if (text === '' || BASE64.test(text)) return undefined
      changed = true
      done = put(buf, done, Math.min(wanted, i), view)
      if (i - near > done) {
        view.put(0xff, done)
        done = i - near
      }
      put(buf, done, i, view)
      for (let k = 0; k < text.length && k < 4 * size; k++) view.put(text.charCodeAt(k), i)
      done = i + size
      wanted = done + near
    }
    i += size
  }
  put(buf, done, Math.min(wanted, end), view)
  view.map[view.length] = end
  return changed
}

const BASE64 = /[A-Za-z0-9+/_-]/

/** @returns where the next byte is. */
function put(buf: Buffer, from: number, to: number, view: View): number {
  for (let i = from; i < to; i++) view.put(buf[i]!, i)
  return Math.max(from, to)
}

const sizeOf = (first: number) => (first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2)

/** What the character there reads as, or OTHER. */
function readingAt(buf: Buffer, i: number, size: number, memo: Map<number, string>): string {
  const c = buf[i]!
  const point =
    size === 2
      ? ((c & 31) << 6) | (buf[i + 1]! & 63)
      : size === 3
        ? ((c & 15) << 12) | ((buf[i + 1]! & 63) << 6) | (buf[i + 2]! & 63)
        : ((c & 7) << 18) | ((buf[i + 1]! & 63) << 12) | ((buf[i + 2]! & 63) << 6) | (buf[i + 3]! & 63)
  let text = memo.get(point)
  if (text === undefined) {
    text = point > 0x10ffff ? OTHER : (reads(point) ?? OTHER)
    if (memo.size > 8192) memo.clear()
    memo.set(point, text)
  }
  return text
}

/** Stands for any character that does not read as ASCII: no rule matches it. */
const OTHER = '\u00ff'
