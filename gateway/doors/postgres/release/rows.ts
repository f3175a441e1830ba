import { copy } from '../../../masking/json/edits.ts'
import type { RowField } from '../backend/control.ts'
import { fail } from '../errors.ts'
import type { Inbox } from '../wire/inbox.ts'
import type { Cell } from './cells.ts'
import { CsvWriter } from './csv.ts'
import { timeOf } from './times.ts'

/** How rows are treated, by column. */
export interface Rows {
  readonly fields: readonly RowField[]
  readonly cells: readonly (Cell | undefined)[]
  readonly isId: readonly boolean[]
  readonly isTime: readonly boolean[]
  /** Whether a row shows content, and so counts. */
  readonly content: boolean
  /** How much the last answer took, as a start for the next one. */
  readonly sizes?: { wire: number; csv: number }
}

/** What the rows of one answer showed, over all its parts. */
export interface Tally {
  rows: number
  /** Of these, those that metrics have counted. */
  toldRows: number
  /** Rows that show content. */
  content: number
  /** Of these, those that name no trace: each counts as one. */
  nameless: number
  readonly ids: Set<string>
  oldest: number | undefined
  newest: number | undefined
  /** Rows of which no trace has a time. */
  untimed: number
}

export const emptyTally = (): Tally => ({
  rows: 0,
  toldRows: 0,
  content: 0,
  nameless: 0,
  ids: new Set(),
  oldest: undefined,
  newest: undefined,
  untimed: 0,
})

/**
 * Masks DataRows in the order in which they come. Ranges that do not change are copied as one, however many cells and
 * rows they hold; a row's length is corrected where a cell's changed.
 */
export class RowMasker {
  readonly csv: CsvWriter
  readonly tally: Tally
  readonly #shape: Rows
  readonly #record: boolean
  readonly #watch: boolean
  #out: Buffer = NOTHING
  #at = 0
  /** The range of `#src` that goes out unchanged and was not copied yet. */
  #src: Buffer = NOTHING
  #from = 0
  #to = 0

  /** `record`: what is shown is printed for the recording. `watch`: cells are looked at and go out as they are. */
  constructor(rows: Rows, options: { tally: Tally; record: boolean; watch: boolean }) {
    this.#shape = rows
    this.tally = options.tally
    this.#record = options.record
    this.#watch = options.watch
    this.csv = new CsvWriter(rows.sizes?.csv)
    if (!options.record || rows.fields.length === 0) return
    for (const { name } of rows.fields) this.csv.text(name)
    this.csv.endRow()
  }

  /** Bytes that wait to be taken. */
  get size(): number {
    return this.#at + this.#to - this.#from
  }

  /** Bytes that go out as they are: of the door's own, or of other messages. */
  push(bytes: Uint8Array): void {
    this.#settle()
    this.#room(bytes.length)
    this.#out.set(bytes, this.#at)
    this.#at += bytes.length
  }

  /** The inbox's current message, as it is. */
  pass({ buf, at, end }: Inbox): void {
    if (buf !== this.#src || at !== this.#to) this.#begin(buf, at)
    this.#to = end
  }

  /** The inbox's current message is a DataRow. @throws TW_PG_WITHHELD, where it is not what was described */
  row({ buf, at, start, end }: Inbox): void {
    const { cells, isId, isTime, fields, content } = this.#shape
    const count = cells.length
    if (end - start < 2 || buf.readUInt16BE(start) !== count)
      throw fail('TW_PG_WITHHELD', { reason: 'a row is not as it was described' })
    if (buf !== this.#src || at !== this.#to) this.#begin(buf, at)
    const record = this.#record
    let pos = start + 2
    let head = -1
    let delta = 0
    let named = false
    let timed = false
    for (let i = 0; i < count; i++) {
      if (pos + 4 > end) throw fail('TW_PG_WITHHELD', { reason: 'a row ends early' })
      const length = (buf[pos]! << 24) | (buf[pos + 1]! << 16) | (buf[pos + 2]! << 8) | buf[pos + 3]!
      const from = pos + 4
      if (length < 0) {
        if (record) this.csv.nothing()
        pos = from
        continue
      }
      const to = from + length
      if (to > end) throw fail('TW_PG_WITHHELD', { reason: 'a row ends early' })
      if (isId[i] && content) {
        this.tally.ids.add(buf.toString('utf8', from, to))
        named = true
      }
      if (isTime[i]) timed = this.#time(buf, from, to, fields[i]!) || timed
      const cell = cells[i]
      const masked = cell === undefined ? undefined : cell(buf, from, to)
      if (masked === undefined || this.#watch) {
        if (record) this.csv.cell(buf, from, to, fields[i]!)
        pos = to
        continue
      }
      this.#to = pos
      this.#settle()
      if (head < 0) head = this.#at - (pos - at)
      const size = masked === null ? 0 : masked.end - masked.start
      this.#room(4 + size)
      writeLength(this.#out, masked === null ? -1 : size, this.#at)
      this.#at += 4
      if (masked === null) {
        if (record) this.csv.nothing()
      } else {
        this.#at = copy(masked.bytes, masked.start, masked.end, this.#out, this.#at)
        if (record) this.csv.cell(masked.bytes, masked.start, masked.end, fields[i]!)
      }
      delta += size - length
      this.#from = to
      this.#to = to
      pos = to
    }
    if (pos !== end) throw fail('TW_PG_WITHHELD', { reason: 'a row goes on too long' })
    this.#to = end
    if (head >= 0) {
      // What follows the row in memory was not copied yet, its head was.
      writeLength(this.#out, end - at - 1 + delta, head + 1)
    }
    if (record) this.csv.endRow()
    this.tally.rows++
    if (!content) return
    this.tally.content++
    if (!named) this.tally.nameless++
    if (!timed) this.tally.untimed++
  }

  /** What may go out, and what the recording shows of it. */
  take(): { wire: Buffer; csv: Buffer } {
    this.#settle()
    const wire = this.#out.subarray(0, this.#at)
    const csv = this.csv.take()
    const { sizes } = this.#shape
    if (sizes) {
      sizes.wire = Math.min(LARGEST, wire.length + 16)
      sizes.csv = Math.min(LARGEST, csv.length + 16)
    }
    this.#out = NOTHING
    this.#at = 0
    return { wire, csv }
  }

  #time(buf: Buffer, from: number, to: number, { type, format }: RowField): boolean {
    const at = timeOf(buf, from, to, type, format === 1)
    if (at === undefined) return false
    const { tally } = this
    if (tally.oldest === undefined || at < tally.oldest) tally.oldest = at
    if (tally.newest === undefined || at > tally.newest) tally.newest = at
    return true
  }

  #begin(buf: Buffer, at: number): void {
    this.#settle()
    this.#src = buf
    this.#from = at
    this.#to = at
  }

  /** Copies the range that waits. */
  #settle(): void {
    const size = this.#to - this.#from
    if (size > 0) {
      this.#room(size)
      this.#at = copy(this.#src, this.#from, this.#to, this.#out, this.#at)
    }
    this.#from = this.#to
  }

  #room(bytes: number): void {
    const needed = this.#at + bytes
    if (needed <= this.#out.length) return
    const larger = Buffer.allocUnsafe(Math.max(512, this.#shape.sizes?.wire ?? 0, needed + (needed >> 1)))
    this.#out.copy(larger, 0, 0, this.#at)
    this.#out = larger
  }
}

const NOTHING = Buffer.alloc(0)
/** Memory taken in advance, bytes. */
const LARGEST = 512 * 1024

function writeLength(out: Buffer, length: number, at: number): void {
  out[at] = length >> 24
  out[at + 1] = length >> 16
  out[at + 2] = length >> 8
  out[at + 3] = length
}
