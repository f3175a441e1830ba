/** Replacements of byte ranges, in order. Everything between them is copied as it is. */
export class Edits {
  count = 0
  readonly starts: number[] = []
  readonly ends: number[] = []
  readonly texts: string[] = []

  clear(): void {
    this.count = 0
  }

  /** `start` is not before the end of the last one. */
  add(start: number, end: number, text: string): void {
    this.starts[this.count] = start
    this.ends[this.count] = end
    this.texts[this.count] = text
    this.count++
  }

  /** Forgets those from the `count`th on. */
  truncate(count: number): void {
    this.count = count
  }

  /** Adds one out of order. What it overlaps is swallowed, and its range grows over it. */
  insert(start: number, end: number, text: string): void {
    let at = this.count
    while (at > 0 && this.ends[at - 1]! > start) at--
    let last = at
    while (last < this.count && this.starts[last]! < end) {
      start = Math.min(start, this.starts[last]!)
      end = Math.max(end, this.ends[last]!)
      last++
    }
    this.starts.splice(at, last - at, start)
    this.ends.splice(at, last - at, end)
    this.texts.splice(at, last - at, text)
    this.count += 1 - (last - at)
  }

  /**
   * The bytes of `buf` from `from` to `to` with the edits that begin there; those are then forgotten, and the offsets of
   * later ones count from `next` on.
   */
  apply(buf: Buffer, from: number, to: number, next = to): Buffer {
    let n = 0
    let size = to - from
    while (n < this.count && this.starts[n]! < to) {
      size += Buffer.byteLength(this.texts[n]!) - (this.ends[n]! - this.starts[n]!)
      n++
    }
    const out = n === 0 ? Buffer.from(buf.subarray(from, to)) : Buffer.allocUnsafe(size)
    if (n > 0) {
      let at = 0
      let copied = from
      for (let i = 0; i < n; i++) {
        at += buf.copy(out, at, copied, this.starts[i]!)
        const text = this.texts[i]!
        if (text !== '') at += out.write(text, at)
        copied = this.ends[i]!
      }
      buf.copy(out, at, copied, to)
    }
    this.shift(n, next)
    return out
  }

  private shift(n: number, by: number): void {
    for (let i = n; i < this.count; i++) {
      this.starts[i - n] = this.starts[i]! - by
      this.ends[i - n] = this.ends[i]! - by
      this.texts[i - n] = this.texts[i]!
    }
    this.count -= n
  }
}
