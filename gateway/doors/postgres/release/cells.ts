import { type CellMasker, type Piece, pieceOf } from '../../../masking/cells.ts'
import type { RowField } from '../backend/control.ts'
import type { Source, Treatment } from '../statement/plan.ts'
import { isJson, isText, TYPE } from '../wire/types.ts'
import { maskArray } from './arrays.ts'

/** What becomes of one cell: the same (`undefined`), nothing (`null`), or other bytes, good until the next cell. */
export type Cell = (buf: Buffer, start: number, end: number) => Piece | null | undefined

export interface CellContext {
  /** The masker of a source under the decision in force. */
  masker: (source: Source) => CellMasker
  /** Names of fields that this reader sees in clear. */
  revealed: ReadonlySet<string>
  /** Notes that a column was hidden, under the name of the field or why. */
  hidden: (name: string) => void
  /** Notes that a field was shown. */
  shown: (name: string) => void
}

const BINARY = 1
const JSONB_VERSION = 1
const UNREADABLE = 'unreadable'

/** The way to treat a column's cells; undefined where they go as they are. Whatever cannot be looked into is NULL. */
export function cellOf(treatment: Treatment, field: RowField, context: CellContext): Cell | undefined {
  if (treatment.how === 'pass') return passing(treatment.source?.shown ?? [], context)
  const masker = context.masker(treatment.source)
  if (treatment.how !== 'whole') return looked(treatment.how, field, masker) ?? nothing(context, UNREADABLE)
  const { field: name, revealed } = treatment
  if (name === undefined || !context.revealed.has(name)) return whole(name, field, masker, context)
  if (revealed === undefined || revealed === 'pass') return passing([name], context)
  const shown = looked(revealed, field, masker)
  return shown
    ? (buf, start, end) => {
        context.shown(name)
        return shown(buf, start, end)
      }
    : nothing(context, name)
}

function passing(names: readonly string[], context: CellContext): Cell | undefined {
  if (names.length === 0) return undefined
  return () => {
    for (const name of names) context.shown(name)
    return undefined
  }
}

/** Under content rules or by the JSON engine; undefined for types that are neither in this format. */
function looked(how: 'text' | 'json' | 'text[]', field: RowField, masker: CellMasker): Cell | undefined {
  const binary = field.format === BINARY
  if (how === 'text[]') return (buf, start, end) => maskArray(masker, buf, start, end, binary)
  if (field.type === TYPE.jsonb && binary) return versioned((buf, from, to) => masker.json(buf, from, to))
  if (isJson(field.type)) return (buf, start, end) => masker.json(buf, start, end)
  // In text format the bytes are the text, of whatever type.
  if (isText(field.type) || !binary) return (buf, start, end) => masker.text(buf, start, end)
  return undefined
}

function whole(name: string | undefined, field: RowField, masker: CellMasker, context: CellContext): Cell {
  const json = isJson(field.type)
  if (name === undefined || (!json && !isText(field.type))) return nothing(context, name ?? UNREADABLE)
  const constant = pieceOf(Buffer.from(json ? JSON.stringify(`[masked:${name}]`) : `[masked:${name}]`))
  const cell: Cell = (buf, start, end) => {
    context.hidden(name)
    // Hidden for the sake of another table of its family, the engine would not know.
    if (masker.hidden === undefined) return constant
    return json ? masker.json(buf, start, end) : masker.text(buf, start, end)
  }
  return field.type === TYPE.jsonb && field.format === BINARY ? versioned(cell) : cell
}

const nothing =
  (context: CellContext, name: string): Cell =>
  () => {
    context.hidden(name)
    return null
  }

/** Binary jsonb is its text after a version byte; another version is not looked into. */
const versioned =
  (cell: Cell): Cell =>
  (buf, start, end) => {
    if (buf[start] !== JSONB_VERSION) return null
    const masked = cell(buf, start + 1, end)
    if (!masked) return masked
    return pieceOf(Buffer.concat([Buffer.of(JSONB_VERSION), masked.bytes.subarray(masked.start, masked.end)]))
  }
