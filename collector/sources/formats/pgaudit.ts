import { z } from 'zod'
import type { SourceLine } from '../events.ts'
import type { Line } from '../lines.ts'
import { csvFields } from './csv.ts'
import { type Action, broken, foreign, what } from './foreign.ts'

/**
 * PostgreSQL's log with pgaudit's entries, as `jsonlog` or `csvlog` writes it (log_destination). Other entries of the
 * log are passed over. One event an entry; pgaudit writes one for each relation of a statement.
 *
 * | log | event |
 * |---|---|
 * | timestamp (log_timezone UTC, or with an offset) | `@timestamp` |
 * | session_id, line_num | `event.id`; session_id also `tracewarden.session.id` |
 * | user | `user.id`, `tracewarden.person.credential` |
 * | remote_host | `source.ip` |
 * | application_name | `user_agent.original` |
 * | dbname | `tracewarden.connection.name` |
 * | CLASS, COMMAND | `event.action`: READ and FUNCTION are reads, COPY is an export, the rest are writes |
 * | OBJECT_NAME | `tracewarden.collection` |
 * | COMMAND, OBJECT_TYPE, OBJECT_NAME | `tracewarden.statement.shape`: never the statement, which has literals |
 * | rows, with pgaudit.log_rows | `tracewarden.traces.count`, of reads |
 */
export async function* pgaudit(lines: AsyncIterable<Line>): AsyncGenerator<SourceLine> {
  let held: { file: string; line: number; text: string } | undefined
  for await (const { file, line, text } of lines) {
    if (text === undefined) {
      yield broken('longer than a line may be', { file, line })
      continue
    }
    if (!held && text.trim() === '') continue
    if (!held && text.startsWith('{')) {
      yield* fromJson({ file, line, text })
      continue
    }
    // A record of csvlog goes on while a quote is open: statements have line breaks.
    held = held ? { ...held, text: `${held.text}\n${text}` } : { file, line, text }
    const fields = csvFields(held.text)
    if (!fields && held.text.length < MOST) continue
    const place = held
    held = undefined
    if (fields && fields.length >= CSV.message) yield* fromCsv(fields, place)
    else yield broken('expected a line of jsonlog or csvlog (log_destination)', place)
  }
  if (held) yield broken('expected a line of jsonlog or csvlog (log_destination)', held)
}

const MOST = 1024 * 1024

interface Place {
  file: string
  line: number
  text: string
}

const entry = z.looseObject({
  timestamp: z.string(),
  user: z.string().optional(),
  dbname: z.string().optional(),
  remote_host: z.string().optional(),
  session_id: z.string().optional(),
  line_num: z.number().optional(),
  message: z.string().optional(),
  application_name: z.string().optional(),
})
type Entry = z.infer<typeof entry>

function* fromJson(place: Place): Generator<SourceLine> {
  let parsed: unknown
  try {
    parsed = JSON.parse(place.text)
  } catch {
    return yield broken('malformed JSON', place)
  }
  const known = entry.safeParse(parsed)
  if (known.success) yield* fromEntry(known.data, place)
  else yield broken('expected an entry of jsonlog', place)
}

/** Positions in csvlog since PostgreSQL 9. */
const CSV = {
  time: 0,
  user: 1,
  database: 2,
  from: 4,
  session: 5,
  number: 6,
  message: 13,
  application: 22,
} as const

function* fromCsv(fields: readonly string[], place: Place): Generator<SourceLine> {
  const at = (index: number) => fields[index] || undefined
  const host = at(CSV.from)
    ?.replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '')
  yield* fromEntry(
    {
      timestamp: fields[CSV.time]!,
      user: at(CSV.user),
      dbname: at(CSV.database),
      remote_host: host,
      session_id: at(CSV.session),
      line_num: Number(at(CSV.number)),
      message: at(CSV.message),
      application_name: at(CSV.application),
    },
    place,
  )
}

const PREFIX = 'AUDIT: '
const ACTIONS: Readonly<Record<string, Action>> = { READ: 'trace-read', FUNCTION: 'trace-read' }

function* fromEntry(from: Entry, place: Place): Generator<SourceLine> {
  if (!from.message?.startsWith(PREFIX)) return
  const fields = csvFields(from.message.slice(PREFIX.length))
  if (!fields || fields.length < 8) return yield broken('expected nine fields of pgaudit', place)
  const [, , , group = '', command = '', type = '', name = ''] = fields
  const at = timeOf(from.timestamp)
  if (!at)
    return yield broken(`the time ${from.timestamp} has no known offset: set log_timezone = 'UTC'`, place)
  if (!from.session_id || !Number.isInteger(from.line_num))
    return yield broken('expected session_id and line_num', place)
  const action = command.startsWith('COPY') ? 'trace-export' : (ACTIONS[group] ?? 'trace-write')
  const rows = action === 'trace-write' ? Number.NaN : Number(fields[9])
  yield foreign(
    {
      '@timestamp': at,
      event: what(`pgaudit:${from.session_id}:${from.line_num}`, action),
      ...(from.user === undefined ? {} : { user: { id: from.user } }),
      ...(isAddress(from.remote_host) ? { source: { ip: from.remote_host } } : {}),
      ...(from.application_name ? { user_agent: { original: from.application_name } } : {}),
      tracewarden: {
        session: { id: `pgaudit:${from.session_id}` },
        ...(from.user === undefined ? {} : { person: { credential: from.user } }),
        ...(from.dbname === undefined ? {} : { connection: { name: from.dbname, protocol: 'postgres' } }),
        ...(name === '' ? {} : { collection: name }),
        statement: { shape: [command, type, name].filter(Boolean).join(' ') },
        ...(Number.isInteger(rows) ? { traces: { count: rows } } : {}),
      },
    },
    place,
  )
}

const isAddress = (host: string | undefined) => host !== undefined && /^[\d.]+$|:/.test(host)

/** `2026-11-20 09:14:03.120 UTC` or with an offset → RFC 3339; names of other zones are ambiguous. */
function timeOf(text: string): string | undefined {
  const found = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?) ?(UTC|GMT|Z|[+-]\d\d(?::?\d\d)?)$/.exec(text)
  if (!found) return undefined
  const [, date, time, zone] = found
  const offset = /^[+-]\d\d$/.test(zone!) ? `${zone}:00` : zone!.replace(/^(UTC|GMT)$/, 'Z')
  const at = new Date(`${date}T${time}${offset}`)
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString()
}
