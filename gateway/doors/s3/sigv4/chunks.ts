import { createHash, type Hash, timingSafeEqual } from 'node:crypto'
import { fail } from '../errors.ts'
import { refuse } from '../techniques.ts'
import { EMPTY_HASH, scopeText, signatureOf } from './signature.ts'
import type { Proven } from './verify.ts'

/**
 * The content coding `aws-chunked`: chunks that each carry a signature over the one before, or none, and then perhaps
 * trailers. What comes out was signed, in this order, whole.
 *
 *   size[;chunk-signature=…] ─▶ data ─▶ … ─▶ 0[;chunk-signature=…] ─▶ trailer* [x-amz-trailer-signature:…] ─▶ end
 */
export interface Chunks {
  push(bytes: Uint8Array): Uint8Array[]
  /** @throws TW_S3_INCOMPLETE before the last chunk */
  end(): void
  /** After `end`. */
  readonly trailers: Readonly<Record<string, string>>
}

export type Streaming =
  | 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'
  | 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER'
  | 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'

const MAX_LINE = 4096
const SIGNED_HEAD = /^([0-9a-f]{1,10});chunk-signature=([0-9a-f]{64})$/
const PLAIN_HEAD = /^([0-9a-f]{1,10})$/i
const TRAILER = /^(x-amz-checksum-[a-z0-9]{3,12}|x-amz-trailer-signature):\s*([A-Za-z0-9+/=]{1,100})\s*$/

type State = 'head' | 'data' | 'data-end' | 'trailer' | 'done'

/** `announced` are the names in the x-amz-trailer header. */
export function createChunks(kind: Streaming, proven: Proven, announced: readonly string[]): Chunks {
  return new Decoder(kind, proven, announced)
}

class Decoder implements Chunks {
  readonly trailers: Record<string, string> = {}
  readonly #proven: Proven
  readonly #signed: boolean
  readonly #trailing: boolean
  readonly #announced: ReadonlySet<string>
  #state: State = 'head'
  #line = Buffer.alloc(0)
  #left = 0
  #hash: Hash | undefined
  #claimed = ''
  #previous: string
  #trailerSignature: string | undefined

  constructor(kind: Streaming, proven: Proven, announced: readonly string[]) {
    this.#proven = proven
    this.#signed = kind !== 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'
    this.#trailing = kind !== 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'
    this.#announced = new Set(announced)
    this.#previous = proven.seed
  }

  push(bytes: Uint8Array): Uint8Array[] {
    const out: Uint8Array[] = []
    for (let at = 0; at < bytes.length; ) {
      if (this.#state === 'done') throw bad('it goes on after its end')
      if (this.#state === 'data') {
        const piece = bytes.subarray(at, at + this.#left)
        this.#hash?.update(piece)
        this.#left -= piece.length
        at += piece.length
        out.push(piece)
        if (this.#left === 0) this.#state = 'data-end'
        continue
      }
      const end = bytes.indexOf(10, at)
      const piece = bytes.subarray(at, end < 0 ? bytes.length : end + 1)
      at += piece.length
      this.#line = Buffer.concat([this.#line, piece])
      if (this.#line.length > MAX_LINE) throw bad('a line is too long')
      if (end >= 0) this.#take()
    }
    return out
  }

  end(): void {
    if (this.#state !== 'done') throw fail('TW_S3_INCOMPLETE')
  }

  #take(): void {
    const text = this.#line.toString('latin1')
    this.#line = Buffer.alloc(0)
    if (!text.endsWith('\r\n')) throw bad('a line does not end in CRLF')
    const line = text.slice(0, -2)
    if (this.#state === 'head') this.#head(line)
    else if (this.#state === 'trailer') this.#trailer(line)
    else {
      if (line !== '') throw bad('a chunk is longer than it says')
      this.#close()
      this.#state = 'head'
    }
  }

  #head(line: string): void {
    const [, size, signature = ''] = (this.#signed ? SIGNED_HEAD : PLAIN_HEAD).exec(line) ?? []
    if (size === undefined) throw bad('a chunk has no size or signature')
    this.#claimed = signature
    this.#left = Number.parseInt(size, 16)
    this.#hash = this.#signed ? createHash('sha256') : undefined
    if (this.#left > 0) {
      this.#state = 'data'
      return
    }
    this.#close()
    this.#state = 'trailer'
  }

  /** The chunk is whole: is it what was signed? */
  #close(): void {
    if (!this.#hash) return
    const { time, scope, key } = this.#proven
    const text = [
      'AWS4-HMAC-SHA256-PAYLOAD',
      time,
      scopeText(scope),
      this.#previous,
      EMPTY_HASH,
      this.#hash.digest('hex'),
    ]
    this.#previous = this.#check(signatureOf(key, text.join('\n')), this.#claimed)
  }

  #check(expected: string, claimed: string): string {
    const same =
      expected.length === claimed.length && timingSafeEqual(Buffer.from(expected), Buffer.from(claimed))
    if (!same) throw refuse('TW_S3_SIGNATURE', 'chunk-forgery')
    return expected
  }

  #trailer(line: string): void {
    if (line === '') {
      this.#finish()
      return
    }
    const [, name, value] = TRAILER.exec(line) ?? []
    if (!this.#trailing || name === undefined || value === undefined)
      throw bad('a trailer that is not offered')
    if (name === 'x-amz-trailer-signature') this.#trailerSignature = value
    else if (!this.#announced.has(name) || this.trailers[name] !== undefined)
      throw bad('a trailer that was not announced, or twice')
    else this.trailers[name] = value
  }

  #finish(): void {
    if (Object.keys(this.trailers).length !== this.#announced.size)
      throw bad('an announced trailer is missing')
    if (this.#signed && this.#trailing) {
      const { time, scope, key } = this.#proven
      const lines = Object.entries(this.trailers).map(([name, value]) => `${name}:${value}\n`)
      const digest = createHash('sha256').update(lines.join('')).digest('hex')
      const text = ['AWS4-HMAC-SHA256-TRAILER', time, scopeText(scope), this.#previous, digest].join('\n')
      this.#check(signatureOf(key, text), this.#trailerSignature ?? '')
    }
    this.#state = 'done'
  }
}

const bad = (problem: string) => refuse('TW_S3_CHUNKED', 'chunk-forgery', { problem })
