import { join } from 'node:path'
import {
  AROUND,
  type Around,
  type FormatName,
  importEvents,
  readEvents,
  reconcile,
  type SourceLine,
  type Store,
  type Watched,
} from '../../collector/port.ts'
import { iso } from '../../core/clock.ts'
import type { SessionEvent } from '../../core/event.ts'
import { bucketMatcher } from '../../gateway/port.ts'
import type { Config } from '../config/schema.ts'
import { fail } from '../errors.ts'
import { data, jsonLine, message } from '../output.ts'
import { withFoundation } from '../tool.ts'

/** What the store's audit log is, for each format. */
const PROTOCOLS = { pgaudit: 'postgres', cloudtrail: 's3' } as const

export type AuditFormat = keyof typeof PROTOCOLS

const WHY: Readonly<Record<Around['why'], string>> = {
  credential: 'by another credential than the gateway’s',
  address: 'with the gateway’s credential from elsewhere',
  unrecorded: 'with the gateway’s credential while nobody’s request was on record',
}

/**
 * `reconcile`: reads in a store's audit log that did not come through the gateway. Each is recorded, once however often
 * the log is read, and so alerted. Exit 1 where there are any.
 */
export const reconcileCommand = (
  files: readonly string[],
  options: {
    config: string
    json?: boolean
    format: AuditFormat
    expect: readonly string[]
    address: readonly string[]
    tolerance: number
  },
): Promise<void> =>
  withFoundation(options.config, async ({ config, store, master, clock, random, data: directory }) => {
    const watched = watchedBy(config, PROTOCOLS[options.format])
    if (watched.length === 0)
      throw fail('TW_RECONCILE_NOTHING', { protocol: PROTOCOLS[options.format], format: options.format })
    let problems = 0
    let reads = 0
    const found: Around[] = []
    async function* audit() {
      for await (const line of readEvents(files, options.format satisfies FormatName)) {
        if ('event' in line) {
          reads++
          yield line.event
          continue
        }
        problems++
        message(`${line.file}:${line.line}: ${line.problem}`)
      }
    }
    async function* around(): AsyncGenerator<SourceLine> {
      const looking = reconcile(audit(), {
        watched,
        expected: new Set(options.expect),
        addresses: new Set(options.address),
        tolerance: options.tolerance,
        recorded: recordedIn(store, options.tolerance),
      })
      for await (const one of looking) {
        found.push(one)
        tell(one, options.json)
        yield { event: asEvent(one) }
      }
    }
    const rejects = join(directory, 'import-rejects.ndjson')
    const done = await importEvents(around(), { store, master, clock, random, rejects })
    if (found.length > 0 || problems > 0) process.exitCode = 1
    const news = `${done.created} of them new`
    if (options.json) jsonLine({ type: 'summary', reads, around: found.length, new: done.created, problems })
    else
      message(
        found.length === 0
          ? `${reads} entries, and every read came through the gateway.`
          : `${reads} entries, and ${found.length} reads went round the gateway, ${news}.`,
      )
  })

const watchedBy = (config: Config, protocol: 'postgres' | 's3'): Watched[] =>
  config.connections.flatMap((connection): Watched[] => {
    const { name } = connection
    if (connection.protocol === 'postgres' && protocol === 'postgres') {
      const { database, user } = connection.backend
      return [{ connection: name, protocol, holds: (place) => place === database, credential: user }]
    }
    if (connection.protocol === 's3' && protocol === 's3')
      return [
        {
          connection: name,
          protocol,
          holds: bucketMatcher(connection.buckets),
          credential: connection.access_key_id,
        },
      ]
    return []
  })

/** Whether any request on a connection is on record in a span of time; asked once for spans of about the same time. */
function recordedIn(store: Store, grain: number) {
  let key = ''
  let answer: Promise<boolean> = Promise.resolve(false)
  return (connection: string, from: number, to: number): Promise<boolean> => {
    const start = Math.floor(from / grain) * grain
    const end = Math.ceil(to / grain) * grain
    if (key !== `${connection} ${start} ${end}`) {
      key = `${connection} ${start} ${end}`
      answer = store
        .search({ connection, from: iso(start), to: iso(end), actions: READS, limit: 1 })
        .then(({ events }) => events.length > 0)
    }
    return answer
  }
}

const READS = ['trace-read', 'trace-search', 'trace-export', 'trace-write', 'session-start'] as const

/** Under an id of its own: the log itself may be imported too. */
function asEvent({ event, connection, why }: Around): SessionEvent {
  return {
    ...event,
    event: { ...event.event, id: `around:${event.event.id}`, reason: `round the gateway, ${WHY[why]}` },
    tracewarden: {
      ...event.tracewarden,
      bypass: [AROUND],
      connection: { ...event.tracewarden.connection, name: connection },
    },
  }
}

function tell(one: Around, json: boolean | undefined): void {
  const { event, connection, why } = one
  if (json) {
    jsonLine({ type: 'around', why, connection, event })
    return
  }
  const who = event.user?.id ?? 'somebody'
  const from = event.source?.ip === undefined ? '' : ` from ${event.source.ip}`
  const what = event.tracewarden.collection ?? event.tracewarden.connection?.name ?? ''
  data(`${event['@timestamp']} ${who}${from} read ${what} behind ${connection} ${WHY[why]}`)
}
