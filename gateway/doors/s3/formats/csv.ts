import { isUtf8 } from 'node:buffer'
import { createMasker } from '../../../masking/compile.ts'
import type { Masker, MaskPlan, Observed } from '../../../masking/masker.ts'
import { fail } from '../errors.ts'

const QUOTE = 34
const LF = 10
const CR = 13
const MAX_COLUMNS = 4096
/** A longer row is no row. */
const MAX_ROW = 16 * 1024 * 1024

/** A row on its way through the masker; header and blank lines are asked nothing. */
interface Pending {
  original: Uint8Array
  asked?: Buffer
  ending?: Uint8Array
}

/**
 * CSV after RFC 4180. Each row becomes one JSON object, column names as keys, and is masked as such, so that rules by
 * column, JSON inside cells and what content looks like all hold; a row in which nothing was hidden goes out as its
 * own bytes.
 */
export class CsvMasker implements Masker {
  readonly observed: Observed
  readonly #lines: Masker
  readonly #delimiter: number
  readonly #clean: (name: string) => boolean
  #held = Buffer.alloc(0)
  #tail = Buffer.alloc(0)
  readonly #pending: Pending[] = []
  #columns: string[] | undefined
  rows = 0

  /** `clean` says that a column's name holds no secret. */
  constructor(plan: MaskPlan, delimiter: ',' | '\t', clean: (name: string) => boolean) {
    this.#lines = createMasker(plan, 'ndjson')
    this.observed = this.#lines.observed
    this.#delimiter = delimiter.charCodeAt(0)
    this.#clean = clean
  }

  push(chunk: Uint8Array): Uint8Array {
    this.#held = this.#held.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#held, chunk])
    const end = lastRowEnd(this.#held)
    if (end < 0) {
      if (this.#held.length > MAX_ROW) throw broken('a row is longer than 16 MiB, or a quote is not closed')
      return EMPTY
    }
    const whole = this.#held.subarray(0, end)
    this.#held = Buffer.from(this.#held.subarray(end))
    return this.#mask(whole, false)
  }

  end(): Uint8Array {
    return this.#mask(this.#held, true)
  }

  #mask(bytes: Buffer, last: boolean): Uint8Array {
    if (!isUtf8(bytes)) throw broken('it is not UTF-8')
    const masked: Uint8Array[] = [this.#tail]
    for (let at = 0; at < bytes.length; ) {
      const row = readRow(bytes, at, this.#delimiter)
      const original = bytes.subarray(at, row.next)
      at = row.next
      if (this.#columns === undefined) this.#header(row.cells)
      else if (row.cells.length > 1 || row.cells[0] !== '') {
        const asked = Buffer.from(`${this.#object(row.cells)}\n`)
        masked.push(this.#lines.push(asked))
        this.#pending.push({ original, asked, ending: original.subarray(row.end - row.start) })
        this.rows++
        continue
      }
      this.#pending.push({ original })
    }
    if (last) masked.push(this.#lines.end())
    return this.#answer(Buffer.concat(masked), last)
  }

  /** Rows whose masked line has come, in order. The masker may keep the last few to itself. */
  #answer(masked: Buffer, last: boolean): Uint8Array {
    const out: Uint8Array[] = []
    let from = 0
    let done = 0
    for (const { original, asked, ending } of this.#pending) {
      if (asked === undefined || ending === undefined) out.push(original)
      else {
        const end = masked.indexOf(LF, from)
        if (end < 0) break
        const line = masked.subarray(from, end + 1)
        from = end + 1
        out.push(line.equals(asked) ? original : this.#print(line, ending))
      }
      done++
    }
    if (last && done < this.#pending.length) throw broken('a row was withheld')
    this.#pending.splice(0, done)
    this.#tail = Buffer.from(masked.subarray(from))
    return Buffer.concat(out)
  }

  #header(cells: readonly string[]): void {
    if (cells.length > MAX_COLUMNS) throw broken('it has too many columns')
    const names = cells.map((cell, i) => (i === 0 ? cell.replace(/^\ufeff/, '') : cell))
    if (new Set(names).size !== names.length) throw broken('two columns have the same name')
    // A file without a header would show its first row as names.
    if (!names.every(this.#clean)) throw broken('a column’s name holds what would be hidden')
    this.#columns = names
  }

  #object(cells: readonly string[]): string {
    const columns = this.#columns!
    if (cells.length > columns.length) throw broken('a row has more cells than the header')
    let json = '{'
    for (let i = 0; i < cells.length; i++)
      json += `${i === 0 ? '' : ','}${JSON.stringify(columns[i])}:${JSON.stringify(cells[i])}`
    return `${json}}`
  }

  #print(json: Buffer, ending: Uint8Array): Buffer {
    const row: unknown = JSON.parse(json.toString('utf8'))
    const cells = typeof row === 'object' && row !== null ? Object.values(row) : [row]
    const delimiter = String.fromCharCode(this.#delimiter)
    return Buffer.concat([Buffer.from(cells.map((cell) => printed(cell, delimiter)).join(delimiter)), ending])
  }
}

const EMPTY = Buffer.alloc(0)
const broken = (reason: string) => fail('TW_S3_FORMAT', { reason })

function printed(cell: unknown, delimiter: string): string {
  const text = cell === null ? '' : typeof cell === 'string' ? cell : JSON.stringify(cell)
  return /["\r\n]/.test(text) || text.includes(delimiter) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Where the last whole row ends, or −1. Quotes pair up, so a line break ends a row where their number is even. */
function lastRowEnd(bytes: Buffer): number {
  let end = -1
  let quoted = false
  for (let at = 0; at < bytes.length; at++) {
    const c = bytes[at]
    if (c === QUOTE) quoted = !quoted
    else if (c === LF && !quoted) end = at + 1
  }
  return end
}

function readRow(bytes: Buffer, start: number, delimiter: number) {
  const cells: string[] = []
  let at = start
  for (;;) {
    const cell = bytes[at] === QUOTE ? quotedCell(bytes, at) : plainCell(bytes, at, delimiter)
    cells.push(cell.text)
    at = cell.next
    if (bytes[at] === delimiter) at++
    else break
  }
  const end = at
  if (bytes[at] === CR) at++
  if (bytes[at] === LF) at++
  if (at === end && at < bytes.length) throw broken('a quoted cell is followed by something else')
  return { cells, start, end, next: at }
}

function quotedCell(bytes: Buffer, start: number) {
  let at = start + 1
  for (;;) {
    const quote = bytes.indexOf(QUOTE, at)
    if (quote < 0) throw broken('a quote is not closed')
    if (bytes[quote + 1] !== QUOTE)
      return { text: bytes.toString('utf8', start + 1, quote).replaceAll('""', '"'), next: quote + 1 }
    at = quote + 2
  }
}

function plainCell(bytes: Buffer, start: number, delimiter: number) {
  let at = start
  while (at < bytes.length) {
    const c = bytes[at]
    if (c === delimiter || c === LF || (c === CR && bytes[at + 1] === LF)) break
    if (c === QUOTE) throw broken('a quote stands in an unquoted cell')
    at++
  }
  return { text: bytes.toString('utf8', start, at), next: at }
}
