import type { RowField } from '../backend/control.ts'
import { isJson, isText, TYPE } from '../wire/types.ts'

/**
 * Rows as the client saw them, as CSV (RFC 4180, NULL is an empty unquoted field), for the recording. Cells in binary
 * format are printed where their type is known, and in hexadecimal where not.
 */
export class CsvWriter {
  #out: Buffer = NOTHING
  #at = 0
  #first = true
  /** How much the first piece of memory holds. */
  readonly #least: number

  constructor(least = 0) {
    this.#least = Math.max(1024, least)
  }

  get size(): number {
    return this.#at
  }

  cell(buf: Buffer, start: number, end: number, { type, format }: RowField): void {
    if (format === 1 && !isText(type) && type !== TYPE.json) {
      const text = Buffer.from(printed(buf, start, end, type))
      this.#field(text, 0, text.length)
    } else this.#field(buf, start, end)
  }

  text(text: string): void {
    const bytes = Buffer.from(text)
    this.#field(bytes, 0, bytes.length)
  }

  nothing(): void {
    this.#comma()
  }

  endRow(): void {
    this.#room(1)
    this.#out[this.#at++] = 0x0a
    this.#first = true
  }

  /** Bytes that are text already, as COPY sends them. */
  raw(bytes: Uint8Array): void {
    this.#room(bytes.length)
    this.#out.set(bytes, this.#at)
    this.#at += bytes.length
  }

  /** What was written since the last time. */
  take(): Buffer {
    const out = this.#out.subarray(0, this.#at)
    this.#out = NOTHING
    this.#at = 0
    return out
  }

  #comma(): void {
    if (this.#first) this.#first = false
    else {
      this.#room(1)
      this.#out[this.#at++] = 0x2c
    }
  }

  #field(buf: Buffer, start: number, end: number): void {
    this.#room((end - start) * 2 + 3)
    const out = this.#out
    let at = this.#at
    if (this.#first) this.#first = false
    else out[at++] = 0x2c
    let i = start
    for (; i < end; i++) {
      const c = buf[i]!
      if (c <= 0x2c && (c === 0x22 || c === 0x2c || c === 0x0a || c === 0x0d)) break
      out[at++] = c
    }
    if (i < end || end === start) at = quoted(buf, start, end, out, at - (i - start))
    this.#at = at
  }

  #room(bytes: number): void {
    const needed = this.#at + bytes
    if (needed <= this.#out.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#least, needed * 2))
    this.#out.copy(larger, 0, 0, this.#at)
    this.#out = larger
  }
}

const NOTHING = Buffer.alloc(0)

function quoted(buf: Buffer, start: number, end: number, out: Buffer, from: number): number {
  let at = from
  out[at++] = 0x22
  for (let i = start; i < end; i++) {
    const c = buf[i]!
    if (c === 0x22) out[at++] = 0x22
    out[at++] = c
  }
  out[at++] = 0x22
  return at
}

/** 2000-01-01, PostgreSQL's epoch, in ms. */
const EPOCH = 946_684_800_000
const UNREADABLE = '[unreadable]'

/** A cell in binary format as people read it. */
function printed(buf: Buffer, start: number, end: number, type: number): string {
  const length = end - start
  if (type === TYPE.int2 && length === 2) return String(buf.readInt16BE(start))
  if (type === TYPE.int4 && length === 4) return String(buf.readInt32BE(start))
  if (type === TYPE.oid && length === 4) return String(buf.readUInt32BE(start))
  if (type === TYPE.int8 && length === 8) return String(buf.readBigInt64BE(start))
  if (type === TYPE.float4 && length === 4) return String(buf.readFloatBE(start))
  if (type === TYPE.float8 && length === 8) return String(buf.readDoubleBE(start))
  if (type === TYPE.bool && length === 1) return buf[start] === 0 ? 'f' : 't'
  if (isJson(type)) return buf.toString('utf8', start + 1, end)
  if ((type === TYPE.timestamp || type === TYPE.timestamptz) && length === 8)
    return iso(timestampOf(buf, start))
  return length > 1024 ? UNREADABLE : `\\x${buf.toString('hex', start, end)}`
}

/** ms since the Unix epoch of a binary timestamp. */
export const timestampOf = (buf: Buffer, start: number): number =>
  EPOCH + Number(buf.readBigInt64BE(start) / 1000n)

function iso(ms: number): string {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : 'infinity'
}
