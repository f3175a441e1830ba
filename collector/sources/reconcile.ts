import type { SessionEvent } from '../../core/event.ts'

/** What stands behind a door, as the store's own audit log names it. */
export interface Watched {
  connection: string
  /** Whether it is behind this door: pgaudit's database, CloudTrail's bucket. */
  holds: (place: string) => boolean
  protocol: 'postgres' | 's3'
  /** The gateway's own credential there: the database role, the access key. */
  credential: string
}

export interface ReconcileOptions {
  watched: readonly Watched[]
  /** Credentials that read there by right: the application that writes the traces, a backup. */
  expected: ReadonlySet<string>
  /** Addresses of the gateways; where given, the gateway's credential from elsewhere is found too. */
  addresses: ReadonlySet<string>
  /** How far the clocks of store and gateway may differ, and how long a read may take, ms. */
  tolerance: number
  /** Whether the gateway recorded any request on a connection from then to then, ms. */
  recorded: (connection: string, from: number, to: number) => Promise<boolean>
}

export interface Around {
  event: SessionEvent
  connection: string
  why: 'credential' | 'address' | 'unrecorded'
}

/** What an event of a read that went round the gateway lists under `tracewarden.bypass`. */
export const AROUND = 'around-gateway'

const READS: ReadonlySet<string> = new Set(['trace-read', 'trace-search', 'trace-export'])
/** The server's own tables, which the gateway reads to know the rest. */
const CATALOGUE = /^(pg_catalog|information_schema)\./

/**
 * Reads in a store's audit log that did not come through the gateway: by another credential, by the gateway's from
 * another address, or by the gateway's at a time at which no request of anybody is on record.
 * @param audit events of `readEvents` in the format of that log, in any order
 */
export async function* reconcile(
  audit: AsyncIterable<SessionEvent>,
  options: ReconcileOptions,
): AsyncGenerator<Around> {
  for await (const event of audit) {
    const { connection, person, collection } = event.tracewarden
    if (!READS.has(event.event.action) || event.event.outcome !== 'success') continue
    if (collection !== undefined && CATALOGUE.test(collection)) continue
    const watched = options.watched.find(
      ({ holds, protocol }) => protocol === connection?.protocol && holds(connection.name),
    )
    if (!watched) continue
    const why = await around(event, person?.credential, watched, options)
    if (why) yield { event, connection: watched.connection, why }
  }
}

async function around(
  event: SessionEvent,
  credential: string | undefined,
  watched: Watched,
  { expected, addresses, tolerance, recorded }: ReconcileOptions,
): Promise<Around['why'] | undefined> {
  if (credential !== watched.credential)
    return credential !== undefined && expected.has(credential) ? undefined : 'credential'
  const address = event.source?.ip
  if (addresses.size > 0 && address !== undefined && !addresses.has(address)) return 'address'
  const at = Date.parse(event['@timestamp'])
  const near = await recorded(watched.connection, at - tolerance, at + tolerance)
  return near ? undefined : 'unrecorded'
}
