import { z } from 'zod'
import type { SourceLine } from '../events.ts'
import type { Line } from '../lines.ts'
import { broken, foreign, what } from './foreign.ts'
import { jsonRecords } from './json-records.ts'

/**
 * Sessions as hoop's API gives them: a list (`{"data": […]}`), one, or many one after the other. Each session becomes
 * its start, a read for each input of its event stream (one for the whole where the export has no stream) and its end.
 *
 * | session | event |
 * |---|---|
 * | id | `tracewarden.session.id`; with a number `event.id` |
 * | user (an address), or user_id | `user.id`, `user.email` |
 * | user_name | `user.name` |
 * | connection; type | `tracewarden.connection.name`; `protocol` postgres where type says so |
 * | verb | `tracewarden.statement.shape`: never the input, which has literals |
 * | start_date, end_date | `@timestamp` of start and end |
 * | event_size | `tracewarden.bytes` of the one read, or the end's total |
 * | status other than done | `tracewarden.session.end` error |
 */
export async function* hoop(lines: AsyncIterable<Line>): AsyncGenerator<SourceLine> {
  for await (const place of jsonRecords(lines, 'data'))
    if (place.text === undefined) yield broken('longer than a session may be', place)
    else yield* fromSession(place)
}

const session = z.looseObject({
  id: z.string().min(1),
  user: z.string().optional(),
  user_id: z.string().optional(),
  user_name: z.string().optional(),
  connection: z.string().optional(),
  type: z.string().optional(),
  verb: z.string().optional(),
  status: z.unknown().optional(),
  event_size: z.number().optional(),
  start_date: z.iso.datetime({ offset: true }),
  end_date: z.iso.datetime({ offset: true }).nullish(),
  event_stream: z.array(z.tuple([z.union([z.number(), z.string()]), z.string()], z.unknown())).nullish(),
})

type Place = { file: string; line: number; text: string | undefined }

function* fromSession(place: Place): Generator<SourceLine> {
  let parsed: unknown
  try {
    parsed = JSON.parse(place.text ?? '')
  } catch {
    return yield broken('malformed JSON', place)
  }
  const known = session.safeParse(parsed)
  if (!known.success) return yield broken('expected a session of hoop', place)
  const { data } = known
  const email = data.user?.includes('@') ? data.user : undefined
  const user = data.user ?? data.user_id
  const common = {
    ...(user === undefined
      ? {}
      : {
          user: {
            id: user,
            ...(email === undefined ? {} : { email }),
            ...(data.user_name ? { name: data.user_name } : {}),
          },
        }),
  }
  const shared = {
    ...(data.connection === undefined
      ? {}
      : {
          connection: {
            name: data.connection,
            ...(data.type?.includes('postgres') ? { protocol: 'postgres' } : {}),
          },
        }),
  }
  const id = `hoop:${data.id}`
  const sessionEvent = (action: 'session-start' | 'session-end') => ({
    id: `${id}:${action}`,
    kind: 'event',
    category: ['session'],
    type: [action === 'session-start' ? 'start' : 'end'],
    action,
    outcome: 'success',
  })
  yield foreign(
    {
      '@timestamp': data.start_date,
      event: sessionEvent('session-start'),
      ...common,
      tracewarden: { ...shared, session: { id } },
    },
    place,
  )
  const inputs = (data.event_stream ?? []).filter(([, kind]) => kind === 'i').map(([at]) => at)
  const reads = inputs.length ? inputs.map((at) => timeOf(at, data.start_date)) : [data.start_date]
  for (const [n, at] of reads.entries())
    yield foreign(
      {
        '@timestamp': at,
        event: what(`${id}:${n}`, 'trace-read'),
        ...common,
        tracewarden: {
          ...shared,
          session: { id },
          statement: { shape: data.verb ?? 'exec' },
          ...(inputs.length === 0 && data.event_size !== undefined ? { bytes: data.event_size } : {}),
        },
      },
      place,
    )
  if (data.end_date)
    yield foreign(
      {
        '@timestamp': data.end_date,
        event: sessionEvent('session-end'),
        ...common,
        tracewarden: {
          ...shared,
          session: {
            id,
            end: data.status === undefined || data.status === 'done' ? 'client' : 'error',
            requests: reads.length,
            started: data.start_date,
            ...(data.event_size === undefined ? {} : { bytes: data.event_size }),
          },
        },
      },
      place,
    )
}

/** Seconds since the start, or a time. */
function timeOf(at: number | string, start: string): string {
  const seconds = typeof at === 'number' ? at : Number(at)
  const time = Number.isFinite(seconds) ? Date.parse(start) + seconds * 1000 : Date.parse(String(at))
  return Number.isNaN(time) ? start : new Date(time).toISOString()
}
