import { fail } from '../errors.ts'
import type { CopyFormat } from '../statement/plan.ts'
import type { Inbox } from '../wire/inbox.ts'
import { message } from '../wire/write.ts'
import { CsvWriter } from './csv.ts'
import type { Rows, Tally } from './rows.ts'
import { timeOf } from './times.ts'

const COPY_DATA = 0x64
const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }
const ESCAPED: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
}

/** Masks the rows of COPY TO STDOUT in text or CSV format: a CopyData message is a row, and ends in a newline. */
export class CopyMasker {
  readonly csv = new CsvWriter()
  readonly #shape: Rows
  readonly #format: CopyFormat
  readonly #tally: Tally
  readonly #record: boolean
  readonly #watch: boolean
  #out: Uint8Array[] = []
  #size = 0
  #header: boolean

  constructor(shape: Rows, format: CopyFormat, options: { tally: Tally; record: boolean; watch: boolean }) {
    this.#shape = shape
    this.#format = format
    this.#tally = options.tally
    this.#record = options.record
    this.#watch = options.watch
    this.#header = format.header
  }

  get size(): number {
    return this.#size
  }

  push(bytes: Uint8Array): void {
    this.#out.push(bytes)
    this.#size += bytes.length
  }

  pass({ buf, at, end }: Inbox): void {
    this.push(buf.subarray(at, end))
  }

  /** @throws TW_PG_WITHHELD for a row that is not as it was described */
  row({ buf, at, start, end }: Inbox): void {
    const line = buf.toString('utf8', start, end)
    if (!line.endsWith('\n')) throw fail('TW_PG_WITHHELD', { reason: 'a copied row has no end' })
    const cells = this.#format.format === 'csv' ? this.#fromCsv(line) : this.#fromText(line)
    const { cells: rules, fields, isId, isTime, content } = this.#shape
    if (cells.length !== fields.length)
      throw fail('TW_PG_WITHHELD', { reason: 'a copied row is not as it was described' })
    if (this.#header) {
      // Names of columns, which the statement tells, too.
      this.#header = false
      this.#keep(buf, at, end, start)
      return
    }
    let changed = false
    let named = false
    let timed = false
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i]
      if (cell === null || cell === undefined) continue
      const bytes = Buffer.from(cell)
      if (isId[i] && content) {
        this.#tally.ids.add(cell)
        named = true
      }
      if (isTime[i]) timed = this.#time(bytes, fields[i]!.type) || timed
      const masked = rules[i]?.(bytes, 0, bytes.length)
      if (masked === undefined || this.#watch) continue
      changed = true
      cells[i] = masked === null ? null : masked.bytes.toString('utf8', masked.start, masked.end)
    }
    this.#tally.rows++
    if (content) {
      this.#tally.content++
      if (!named) this.#tally.nameless++
      if (!timed) this.#tally.untimed++
    }
    if (!changed) {
      this.#keep(buf, at, end, start)
      return
    }
    const text = Buffer.from(this.#printed(cells))
    this.push(message(COPY_DATA, text))
    if (this.#record) this.csv.raw(text)
  }

  take(): { wire: Buffer; csv: Buffer } {
    const wire = Buffer.concat(this.#out)
    this.#out = []
    this.#size = 0
    return { wire, csv: this.csv.take() }
  }

  #keep(buf: Buffer, at: number, end: number, start: number): void {
    this.push(buf.subarray(at, end))
    if (this.#record) this.csv.raw(buf.subarray(start, end))
  }

  #time(bytes: Buffer, type: number): boolean {
    const at = timeOf(bytes, 0, bytes.length, type, false)
    if (at === undefined) return false
    const tally = this.#tally
    if (tally.oldest === undefined || at < tally.oldest) tally.oldest = at
    if (tally.newest === undefined || at > tally.newest) tally.newest = at
    return true
  }

  #fromText(line: string): (string | null)[] {
    const cells: (string | null)[] = []
    let cell = ''
    let raw = ''
    const close = () => {
      cells.push(raw === this.#format.null ? null : cell)
      cell = ''
      raw = ''
    }
    for (let i = 0; i < line.length - 1; i++) {
      const c = line[i]!
      if (c === this.#format.delimiter) close()
      else if (c === '\\' && i + 1 < line.length - 1) {
        const next = line[++i]!
        raw += c + next
        cell += ESCAPES[next] ?? next
      } else {
        raw += c
        cell += c
      }
    }
    close()
    return cells
  }

  #fromCsv(line: string): (string | null)[] {
    const { delimiter, quote, escape: escaping, null: nothing } = this.#format
    const cells: (string | null)[] = []
    let cell = ''
    let wasQuoted = false
    let inside = false
    const close = () => {
      cells.push(!wasQuoted && cell === nothing ? null : cell)
      cell = ''
      wasQuoted = false
    }
    for (let i = 0; i < line.length - 1; i++) {
      const c = line[i]!
      if (inside) {
        const next = line[i + 1]
        if (c === escaping && (next === quote || next === escaping)) cell += line[++i]
        else if (c === quote) inside = false
        else cell += c
      } else if (c === quote) {
        inside = true
        wasQuoted = true
      } else if (c === delimiter) close()
      else cell += c
    }
    if (inside) throw fail('TW_PG_WITHHELD', { reason: 'a copied row has no end' })
    close()
    return cells
  }

  #printed(cells: readonly (string | null)[]): string {
    const { format, delimiter, quote, escape: escaping, null: nothing } = this.#format
    const print =
      format === 'csv'
        ? (cell: string) =>
            quote + [...cell].map((c) => (c === quote || c === escaping ? escaping + c : c)).join('') + quote
        : (cell: string) => [...cell].map((c) => (c === delimiter ? `\\${c}` : (ESCAPED[c] ?? c))).join('')
    return `${cells.map((cell) => (cell === null ? nothing : print(cell))).join(delimiter)}\n`
  }
}
