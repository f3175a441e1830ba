import { fail } from '../../errors.ts'
import type { AggregateQuery, AggregateRow, EventQuery } from '../store.ts'
import type { Methods } from './methods.ts'
import { prepare, type Sqlite } from './schema.ts'

type Filter = { where: string; values: unknown[] }
type Bounded = Omit<EventQuery, 'limit' | 'after'>

/** Searching and summing, on the thread of the store. Statements are made from fixed parts; values are bound. */
export function queries(db: Sqlite): Pick<Methods, 'search' | 'aggregate'> {
  const statements = new Map<string, ReturnType<typeof prepare>>()
  const all = <Row>(sql: string, values: unknown[]): Row[] => {
    const statement = statements.get(sql) ?? prepare(db, sql)
    statements.set(sql, statement)
    return statement.all(...values) as Row[]
  }

  return {
    search(query) {
      const filter = filterOf(query)
      const total = all<{ total: number }>(
        `select count(*) as total from events where ${filter.where}`,
        filter.values,
      )[0]!.total
      const page = query.after === undefined ? undefined : pageOf(query.after)
      const rows = all<{ body: string; at: number; n: number }>(
        `select body, at, n from events where ${filter.where}${page ? ' and (at, n) < (?, ?)' : ''}
         order by at desc, n desc limit ?`,
        [...filter.values, ...(page ?? []), query.limit],
      )
      const last = rows.at(-1)
      return {
        bodies: rows.map((row) => row.body),
        total,
        ...(last && rows.length === query.limit ? { next: `${last.at}.${last.n}` } : {}),
      }
    },
    aggregate(query) {
      const filter = filterOf(query)
      const groups = query.groupBy.map((name) => GROUPS[name])
      const columns = groups.map((sql, i) => `${sql} as k${i}`)
      const keys = groups.map((_, i) => `k${i}`).join(', ')
      const rows = all<Record<string, string | number | null>>(
        `select ${[...columns, 'count(*) as events', 'sum(traces) as traces', 'sum(bytes) as bytes'].join(', ')},
           min(at) as first, max(at) as last
         from events where ${filter.where} ${keys ? `group by ${keys} order by ${keys}` : ''} limit ?`,
        [...filter.values, query.limit],
      )
      return rows.filter((row) => row.events !== 0).map((row) => aggregateRow(query, row))
    },
  }
}

const HOUR = 3_600_000
const GROUPS: Readonly<Record<AggregateQuery['groupBy'][number], string>> = {
  user: "coalesce(user, '')",
  session: "coalesce(session, '')",
  action: 'action',
  connection: "coalesce(connection, '')",
  collection: "coalesce(collection, '')",
  chain: 'chain',
  hour: `at / ${HOUR} * ${HOUR}`,
  day: `at / ${24 * HOUR} * ${24 * HOUR}`,
}

const time = (ms: unknown): string => new Date(Number(ms)).toISOString()

const aggregateRow = (query: AggregateQuery, row: Record<string, string | number | null>): AggregateRow => ({
  key: query.groupBy.map((name, i) =>
    name === 'hour' || name === 'day' ? time(row[`k${i}`]) : String(row[`k${i}`] ?? ''),
  ),
  events: Number(row.events),
  traces: Number(row.traces),
  bytes: Number(row.bytes),
  first: time(row.first),
  last: time(row.last),
})

function pageOf(after: string): [number, number] {
  const match = /^(\d+)\.(\d+)$/.exec(after)
  if (!match) throw fail('TW_STORE_INVALID', { reason: '`after` is not a page of this search' })
  return [Number(match[1]), Number(match[2])]
}

function filterOf(query: Bounded): Filter {
  const parts: string[] = []
  const values: unknown[] = []
  const add = (sql: string, ...bound: unknown[]) => {
    parts.push(sql)
    values.push(...bound)
  }
  if (query.from !== undefined) add('at >= ?', Date.parse(query.from))
  if (query.to !== undefined) add('at < ?', Date.parse(query.to))
  if (query.user !== undefined) add('user = ?', query.user)
  if (query.session !== undefined) add('session = ?', query.session)
  if (query.outcome !== undefined) add('outcome = ?', query.outcome)
  if (query.connection !== undefined) add('connection = ?', query.connection)
  if (query.collection !== undefined) add('collection = ?', query.collection)
  if (query.chain !== undefined) add('chain = ?', query.chain)
  if (query.actions) add('action in (select value from json_each(?))', JSON.stringify(query.actions))
  if (query.ids) add('id in (select value from json_each(?))', JSON.stringify(query.ids))
  const wanted = query.text?.match(/[\p{L}\p{N}]+/gu)
  if (wanted)
    add(
      'n in (select rowid from events_text where events_text match ?)',
      wanted.map((word, i) => `"${word}"${i === wanted.length - 1 ? '*' : ''}`).join(' AND '),
    )
  return { where: parts.join(' and ') || 'true', values }
}
