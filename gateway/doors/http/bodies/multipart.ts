import { fail } from '../errors.ts'

/** What a multipart body (RFC 2046) consists of, in order. Bytes before the first part and after the last are dropped. */
export type MultipartEvent =
  | { type: 'part'; headers: Readonly<Record<string, string>> }
  | { type: 'data'; bytes: Uint8Array }
  | { type: 'part-end' }

const MAX_HEAD = 16 * 1024
const MAX_PARTS = 10_000
const CRLF = Buffer.from('\r\n')
const BLANK = Buffer.from('\r\n\r\n')
const EMPTY = Buffer.alloc(0)

/**
 * Splits a body whose chunks may end anywhere; holds back at most a delimiter or one part's head.
 * @throws TW_HTTP_MULTIPART where it is malformed or cut short.
 */
export class MultipartParser {
  readonly #delimiter: Buffer
  #pending: Buffer = Buffer.from(CRLF)
  #state: 'preamble' | 'delimiter' | 'head' | 'body' | 'done' = 'preamble'
  #parts = 0
  /** Bytes of the blank line that still stand before a part's body. */
  #lead = 0

  constructor(boundary: string) {
    this.#delimiter = Buffer.from(`\r\n--${boundary}`)
  }

  push(chunk: Uint8Array): MultipartEvent[] {
    const events: MultipartEvent[] = []
    if (this.#state === 'done') return events
    this.#pending = this.#pending.length ? Buffer.concat([this.#pending, chunk]) : Buffer.from(chunk)
    while (this.#step(events));
    return events
  }

  end(): void {
    if (this.#state !== 'done')
      throw fail('TW_HTTP_MULTIPART', { problem: 'it ends before its last boundary' })
  }

  /** Whether there may be more to do with what is pending. */
  #step(events: MultipartEvent[]): boolean {
    switch (this.#state) {
      case 'preamble':
      case 'body':
        return this.#upToDelimiter(events)
      case 'delimiter':
        return this.#afterDelimiter()
      case 'head':
        return this.#head(events)
      case 'done':
        this.#pending = EMPTY
        return false
    }
  }

  #upToDelimiter(events: MultipartEvent[]): boolean {
    const at = this.#pending.indexOf(this.#delimiter)
    const length = at < 0 ? Math.max(0, this.#pending.length - this.#delimiter.length + 1) : at
    if (length > 0) {
      const skip = Math.min(this.#lead, length)
      this.#lead -= skip
      if (this.#state === 'body' && length > skip)
        events.push({ type: 'data', bytes: this.#pending.subarray(skip, length) })
      this.#pending = this.#pending.subarray(length)
    }
    if (at < 0) return false
    this.#lead = 0
    if (this.#state === 'body') events.push({ type: 'part-end' })
    this.#pending = this.#pending.subarray(this.#delimiter.length)
    this.#state = 'delimiter'
    return true
  }

  #afterDelimiter(): boolean {
    if (this.#pending.length < 2) return false
    if (this.#pending[0] === 45 && this.#pending[1] === 45) {
      this.#state = 'done'
      return true
    }
    const line = this.#pending.indexOf(CRLF)
    if (line < 0) {
      if (this.#pending.length > 256) throw fail('TW_HTTP_MULTIPART', { problem: 'text after a boundary' })
      return false
    }
    for (let i = 0; i < line; i++)
      if (this.#pending[i] !== 32 && this.#pending[i] !== 9)
        throw fail('TW_HTTP_MULTIPART', { problem: 'text after a boundary' })
    if (++this.#parts > MAX_PARTS) throw fail('TW_HTTP_MULTIPART', { problem: 'too many parts' })
    // The line's own CRLF stays: a part without headers begins with a blank line.
    this.#pending = this.#pending.subarray(line)
    this.#state = 'head'
    return true
  }

  #head(events: MultipartEvent[]): boolean {
    const end = this.#pending.indexOf(BLANK)
    if (end > MAX_HEAD || (end < 0 && this.#pending.length > MAX_HEAD))
      throw fail('TW_HTTP_MULTIPART', { problem: 'a part’s head is too long' })
    if (end < 0) return false
    events.push({ type: 'part', headers: parseHead(this.#pending.toString('latin1', 2, Math.max(2, end))) })
    // The blank line's CRLF stays: it is also the delimiter's, where the part is empty.
    this.#pending = this.#pending.subarray(end + 2)
    this.#lead = 2
    this.#state = 'body'
    return true
  }
}

function parseHead(text: string): Readonly<Record<string, string>> {
  const headers: Record<string, string> = Object.create(null)
  if (text === '') return headers
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':')
    if (colon <= 0) throw fail('TW_HTTP_MULTIPART', { problem: 'a header without a name' })
    const name = line.slice(0, colon).toLowerCase()
    if (name in headers) throw fail('TW_HTTP_MULTIPART', { problem: 'a header twice' })
    headers[name] = line.slice(colon + 1).trim()
  }
  return headers
}
