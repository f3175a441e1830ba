/** Where a string that begins after `i` ends (its closing quote), or −1. */
export function closingQuote(buf: Buffer, i: number, end: number): number {
  for (;;) {
    const quote = buf.indexOf(0x22, i)
    if (quote < 0 || quote >= end) return -1
    let slashes = quote
    while (slashes > i && buf[slashes - 1] === 0x5c) slashes--
    if ((quote - slashes) % 2 === 0) return quote
    i = quote + 1
  }
}

const blank = (c: number | undefined) => c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09

/**
 * The reader stands at a member's value (`i`) of an object whose `key` member may come later. Looks ahead for it.
 * @returns its value's range between the quotes, 'none' if the object has none, 'more' if the bytes end before that is known.
 */
export function laterKey(
  buf: Buffer,
  i: number,
  end: number,
): { start: number; end: number } | 'none' | 'more' {
  let depth = 0
  let wanted = false
  /** At the object's own level: whether a member's key comes next. */
  let atKey = false
  for (;;) {
    while (i < end && blank(buf[i])) i++
    if (i >= end) return 'more'
    const c = buf[i]!
    if (c === 0x22) {
      const quote = closingQuote(buf, i + 1, end)
      if (quote < 0) return 'more'
      if (depth === 0 && wanted) return { start: i + 1, end: quote }
      if (depth === 0 && atKey) {
        let colon = quote + 1
        while (colon < end && blank(buf[colon])) colon++
        if (colon >= end) return 'more'
        wanted = buf.toString('latin1', i + 1, quote) === 'key'
        i = colon + 1
        atKey = false
        continue
      }
      i = quote + 1
    } else if (c === 0x7b || c === 0x5b) {
      if (wanted && depth === 0) return 'none'
      depth++
      i++
    } else if (c === 0x7d || c === 0x5d) {
      if (depth === 0) return 'none'
      depth--
      i++
    } else if (c === 0x2c) {
      if (depth === 0) {
        atKey = true
        if (wanted) return 'none'
      }
      i++
    } else i++
  }
}
