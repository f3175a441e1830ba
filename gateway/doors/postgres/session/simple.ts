import { describedFields, type RowField } from '../backend/control.ts'
import { errorFields, type Link } from '../backend/link.ts'
import { fail } from '../errors.ts'
import { BACKEND } from '../wire/types.ts'
import { describe, parse, query, SYNC } from '../wire/write.ts'
import type { Client } from './client.ts'
import type { Described } from './portals.ts'
import { refuse } from './refusal.ts'
import { begin, decided, judged, leave, run } from './run.ts'
import { type Statement, StatementRefused } from './statement.ts'

/** Query: one statement of the simple protocol, answered to ReadyForQuery. */
export async function simpleQuery(client: Client, text: string): Promise<void> {
  let x: Statement | undefined
  try {
    x = await begin(client, text)
    decided(client, x, judged(client, x))
    const { sql, kind } = x.plan!
    const described = kind === 'copy-out' ? await describeInner(client, x) : undefined
    const bytes = query(sql)
    const link = await client.attach()
    await run(client, x, {
      send: () => link.write(bytes),
      toReady: true,
      tellDescription: true,
      described,
    })
  } catch (error) {
    await refuse(client, x ?? client.current, error)
  } finally {
    leave(client, x ?? client.current)
  }
  client.ready()
}

/** The rows of a COPY are not described by the server; those of its query are. @throws StatementRefused, TW_PG_COPY */
async function describeInner(client: Client, x: Statement): Promise<Described> {
  const { plan, context } = x
  const inner = plan?.inner
  if (!inner || !context) throw fail('TW_PG_COPY', { problem: 'its query is not known' })
  const link = await client.attach()
  link.write(Buffer.concat([parse('', inner.sql, []), describe('S', ''), SYNC]))
  const fields = await fieldsOf(link, x)
  const check = client.door.database.statements.check(inner, fields, context)
  if (check.refusal) throw new StatementRefused(check.refusal)
  x.plan = { ...plan, ...(inner.result === undefined ? {} : { result: inner.result }) }
  return { fields, treatments: check.described.treatments }
}

async function fieldsOf({ inbox, learn, ready }: Link, x: Statement): Promise<RowField[]> {
  let fields: RowField[] | undefined
  let failed: string | undefined
  for (;;) {
    await inbox.next()
    if (inbox.type === BACKEND.rowDescription) fields = describedFields(inbox)
    else if (inbox.type === BACKEND.error) failed = errorFields(inbox).get('C') ?? 'XX000'
    else if (inbox.type === BACKEND.parameterStatus) learn()
    else if (inbox.type === BACKEND.ready) break
  }
  ready()
  if (failed !== undefined)
    throw fail('TW_PG_BACKEND_ERROR', {
      message: x.snapshot.scrub(`the server refuses the query of this COPY: ${failed}`),
      sqlstate: failed,
    })
  if (!fields) throw fail('TW_PG_COPY', { problem: 'its query answers no rows' })
  return fields
}
