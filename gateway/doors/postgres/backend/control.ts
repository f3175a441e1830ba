import { fail } from '../errors.ts'
import { Fields } from '../wire/inbox.ts'
import { BACKEND } from '../wire/types.ts'
import { query } from '../wire/write.ts'
import { errorFields, type Link } from './link.ts'

export type Row = Readonly<Record<string, string | null>>

/** Runs one statement of the gateway’s own, in the simple protocol. @throws TW_PG_BACKEND_ERROR, TW_PG_BACKEND_GONE */
export async function ask(link: Link, sql: string): Promise<readonly Row[]> {
  link.write(query(sql))
  const { inbox } = link
  const rows: Row[] = []
  let names: string[] = []
  let failed: string | undefined
  for (;;) {
    await inbox.next()
    if (inbox.type === BACKEND.rowDescription) names = describedFields(inbox).map((field) => field.name)
    else if (inbox.type === BACKEND.dataRow) rows.push(rowOf(inbox, names))
    else if (inbox.type === BACKEND.error) failed = errorFields(inbox).get('C') ?? 'unknown'
    else if (inbox.type === BACKEND.parameterStatus) link.learn()
    else if (inbox.type === BACKEND.ready) {
      link.ready()
      break
    }
  }
  if (failed !== undefined)
    throw fail('TW_PG_BACKEND_ERROR', { message: `The database refuses the gateway’s own query: ${failed}.` })
  return rows
}

/** A field of RowDescription; `format` is 0 for text, 1 for binary. */
export interface RowField {
  readonly name: string
  readonly relation: number
  readonly attribute: number
  readonly type: number
  readonly format: number
}

export function describedFields(inbox: { buf: Buffer; start: number; end: number }): RowField[] {
  const fields = new Fields(inbox)
  const found: RowField[] = []
  for (let left = fields.i16(); left > 0; left--) {
    const name = fields.text()
    const relation = fields.u32()
    const attribute = fields.i16()
    const type = fields.u32()
    fields.i16()
    fields.i32()
    found.push({ name, relation, attribute, type, format: fields.i16() })
  }
  return found
}

function rowOf(inbox: { buf: Buffer; start: number; end: number }, names: readonly string[]): Row {
  const fields = new Fields(inbox)
  const row: Record<string, string | null> = {}
  const count = fields.i16()
  for (let i = 0; i < count; i++) {
    const length = fields.i32()
    row[names[i] ?? String(i)] = length < 0 ? null : fields.bytes(length).toString('utf8')
  }
  return row
}
