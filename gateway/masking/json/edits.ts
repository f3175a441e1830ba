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
    // Room for texts of any characters; what is not used is cut off.
    let size = to - from
    while (n < this.count && this.starts[n]! < to) {
      size += this.texts[n]!.length * 3 - (this.ends[n]! - this.starts[n]!)
      n++
    }
    let out = n === 0 ? Buffer.from(buf.subarray(from, to)) : Buffer.allocUnsafe(size)
    if (n > 0) out = out.subarray(0, this.print(n, buf, from, to, out))
    this.shift(n, next)
    return out
  }

  /** Most bytes that `applyInto` may need for a range of this length. */
  mostFor(length: number): number {
    let size = length
    for (let i = 0; i < this.count; i++) size += this.texts[i]!.length * 3 - (this.ends[i]! - this.starts[i]!)
    return size
  }

  /** The same with all edits, into memory of the caller; none is forgotten. @returns where it ends */
  applyInto(buf: Buffer, from: number, to: number, out: Buffer): number {
    return this.print(this.count, buf, from, to, out)
  }

  private print(n: number, buf: Buffer, from: number, to: number, out: Buffer): number {
    let at = 0
    let copied = from
    for (let i = 0; i < n; i++) {
      at = copy(buf, copied, this.starts[i]!, out, at)
      at = write(this.texts[i]!, out, at)
      copied = this.ends[i]!
    }
    return copy(buf, copied, to, out, at)
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

/** Short pieces go byte by byte: a call into the runtime costs more than they do. @returns where the next piece goes. */
export function copy(from: Buffer, start: number, end: number, to: Buffer, at: number): number {
  if (end - start > 96) return at + from.copy(to, at, start, end)
  for (let i = start; i < end; i++) to[at++] = from[i]!
  return at
}

function write(text: string, to: Buffer, at: number): number {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c > 0x7f) return at + to.write(text.slice(i), at + i) + i
    to[at + i] = c
  }
  return at + text.length
}
