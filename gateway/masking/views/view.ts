/** Text as it reads after something is undone, with the offset in the original for each of its bytes. */
export class View {
  bytes: Buffer = Buffer.alloc(0)
  /** Where each byte came from; one more at the end. */
  map: Int32Array = new Int32Array(0)
  length = 0

  /** Ready for at most `size` bytes. */
  reset(size: number): void {
    this.length = 0
    if (this.bytes.length >= size) return
    const capacity = Math.max(1024, size * 2)
    this.bytes = Buffer.allocUnsafeSlow(capacity)
    this.map = new Int32Array(capacity + 1)
  }

  put(byte: number, from: number): void {
    this.bytes[this.length] = byte
    this.map[this.length++] = from
  }

  /** A code point as UTF-8. */
  putPoint(point: number, from: number): void {
    if (point < 0x80) {
      this.put(point, from)
      return
    }
    if (point < 0x800) this.put(0xc0 | (point >> 6), from)
    else {
      if (point < 0x10000) this.put(0xe0 | (point >> 12), from)
      else {
        this.put(0xf0 | (point >> 18), from)
        this.put(0x80 | ((point >> 12) & 63), from)
      }
      this.put(0x80 | ((point >> 6) & 63), from)
    }
    this.put(0x80 | (point & 63), from)
  }
}

/** The value of a hex digit, −1 for other bytes. */
export const HEX: Int8Array = Int8Array.from({ length: 256 }, (_, byte) => {
  const value = Number.parseInt(String.fromCharCode(byte), 16)
  return Number.isNaN(value) ? -1 : value
})
