import { isUtf8 } from 'node:buffer'
import { fail } from './errors.ts'
import { MAX_DEPTH, MAX_KEYS } from './json/limits.ts'
import type { Status } from './json/problem.ts'
import type { JsonScanner } from './json/scanner.ts'
import type { Masker, Observed } from './masker.ts'

const EMPTY = Buffer.alloc(0)

/** JSON, or one JSON value a line, in chunks cut anywhere. */
export class JsonMasker implements Masker {
  readonly observed: Observed
  private readonly scanner: JsonScanner
  /** Bytes not yet released: an unfinished token, or what may still change. */
  private held = EMPTY
  private length = 0
  private failed: Error | undefined

  /** `scanner` stands at the beginning of the body. */
  constructor(scanner: JsonScanner) {
    this.observed = scanner.context.observer.observed
    this.scanner = scanner
  }

  push(chunk: Uint8Array): Uint8Array {
    if (this.failed) throw this.failed
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    const inPlace = this.length === 0
    if (!inPlace) this.append(bytes)
    const buf = inPlace ? bytes : this.held
    const end = inPlace ? bytes.length : this.length
    this.scanner.feed(buf, end)
    const status = this.scanner.run(false)
    if (status === 'bad') throw this.stop(status)
    const settled = this.scanner.settled
    // Moving much to let go of little would make small chunks dear.
    return this.release(buf, end, end - settled > 65_536 && settled < 4096 ? 0 : settled)
  }

  end(): Uint8Array {
    if (this.failed) throw this.failed
    this.scanner.feed(this.held, this.length)
    const status = this.scanner.run(true)
    if (status !== 'done') throw this.stop(status)
    return this.release(this.held, this.length, this.length)
  }

  /** The whole body at once; what is not changed is not copied. */
  whole(body: Uint8Array): Uint8Array {
    const { scanner } = this
    scanner.feed(Buffer.from(body.buffer, body.byteOffset, body.byteLength), body.byteLength)
    const status = scanner.run(true)
    if (status !== 'done') throw this.stop(status)
    const out = scanner.edits.count === 0 ? body : scanner.edits.apply(scanner.buf, 0, body.byteLength)
    if (!isUtf8(out)) throw fail('TW_MASK_UTF8')
    return out
  }

  private append(bytes: Buffer): void {
    const needed = this.length + bytes.length
    if (this.held.length < needed) {
      const larger = Buffer.allocUnsafeSlow(Math.max(16_384, needed * 2))
      this.held.copy(larger, 0, 0, this.length)
      this.held = larger
    }
    bytes.copy(this.held, this.length)
    this.length = needed
  }

  /** Lets go of the bytes before `to`, masked, and keeps the rest. */
  private release(buf: Buffer, end: number, to: number): Buffer {
    const { scanner } = this
    if (to === 0) {
      if (buf !== this.held) this.append(buf)
      return EMPTY
    }
    const shown = scanner.dropFrom >= 0 ? Math.min(to, scanner.dropFrom) : to
    const out = scanner.edits.apply(buf, 0, shown, to)
    // Readers disagree on malformed UTF-8, and an undetected half of a character could hide what follows.
    if (!isUtf8(out)) {
      this.failed = fail('TW_MASK_UTF8')
      throw this.failed
    }
    scanner.shift(to)
    if (buf === this.held) {
      buf.copyWithin(0, to, end)
      this.length = end - to
    } else {
      this.length = 0
      if (to < end) this.append(buf.subarray(to, end))
    }
    return out
  }

  private stop(status: Status): Error {
    const { problem, base, end, context } = this.scanner
    const limits: Readonly<Record<string, number>> = {
      TW_MASK_TOO_DEEP: MAX_DEPTH,
      TW_MASK_TOO_MANY_KEYS: MAX_KEYS,
      TW_MASK_LONG_KEY: context.maxString,
    }
    this.failed =
      status === 'bad' && problem
        ? fail(problem.code, { what: problem.what, at: problem.at, limit: limits[problem.code] })
        : fail('TW_MASK_TRUNCATED', { at: base + end })
    return this.failed
  }
}
