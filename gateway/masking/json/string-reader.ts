import { closingQuote } from './peek.ts'
import type { JsonScanner } from './scanner.ts'

/** Reads strings that may end in a chunk to come; one that gets too long is left out as it comes. */
export class StringReader {
  private readonly scanner: JsonScanner
  /** Where the search for the end of an unfinished string goes on; −1 if none is unfinished. */
  private resume = -1

  constructor(scanner: JsonScanner) {
    this.scanner = scanner
  }

  reset(): void {
    this.resume = -1
  }

  shift(by: number): void {
    if (this.resume >= 0) this.resume -= by
  }

  /** The value whose quote is at `pos`. @returns false to wait, or with a problem. */
  read(final: boolean): boolean {
    const { scanner } = this
    const start = scanner.pos + 1
    if (this.waiting(start)) return false
    const { node } = scanner
    const frame = scanner.depth >= 0 ? scanner.frames[scanner.depth] : undefined
    const isKey = node.isKey && frame?.node.isElement && !frame.array
    const stop =
      scanner.suppress >= 0
        ? closingQuote(scanner.buf, start, scanner.end)
        : scanner.values.string(start, node, final && scanner.lenient, isKey ? frame : undefined)
    if (stop === -2) return scanner.refuse('bad string')
    if (stop < 0) {
      this.wait(start)
      if (scanner.end - start > scanner.context.maxString) {
        this.begin(start, isKey === true)
        return true
      }
      return false
    }
    scanner.pos = stop + 1
    scanner.ended()
    return true
  }

  /** An unfinished string: whether its end is still not here. */
  waiting(start: number): boolean {
    const { scanner } = this
    if (this.resume < 0) return false
    const found = closingQuote(scanner.buf, Math.max(start, this.resume), scanner.end) >= 0
    if (found) this.resume = -1
    else this.wait(start)
    return !found && scanner.end - start <= scanner.context.maxString
  }

  wait(start: number): void {
    const { scanner } = this
    // Never between a backslash and what it escapes.
    let at = scanner.end
    while (at > start && scanner.buf[at - 1] === 0x5c) at--
    this.resume = at
  }

  private begin(start: number, isKey: boolean): void {
    const { scanner } = this
    if (scanner.suppress < 0) {
      scanner.edits.add(start - 1, start, `"${scanner.values.tooLong(scanner.node, isKey)}`)
      scanner.dropFrom = start
    }
    scanner.pos = this.resume
    this.resume = -1
    scanner.state = 'skip'
  }

  /** Leaves out the rest of a string that is too long. @returns false to wait. */
  skip(): boolean {
    const { scanner } = this
    const quote = closingQuote(scanner.buf, scanner.pos, scanner.end)
    if (quote < 0) {
      this.wait(scanner.pos)
      scanner.pos = this.resume
      this.resume = -1
      return false
    }
    if (scanner.suppress < 0) {
      scanner.edits.add(scanner.dropFrom, quote, '')
      scanner.dropFrom = -1
    }
    scanner.pos = quote + 1
    scanner.ended()
    return true
  }
}
