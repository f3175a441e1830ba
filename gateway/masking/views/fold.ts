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
    const size = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2
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

/** Stands for any character that does not read as ASCII: no rule matches it. */
const OTHER = '\u00ff'
