import type { SessionEvent } from '../../core/event.ts'

/** A valid event of one chain; `more` goes into its parts. */
export function sample(
  sequence: number,
  more: {
    at?: string
    id?: string
    chain?: string
    user?: string
    session?: string
    action?: SessionEvent['event']['action']
    outcome?: 'success' | 'failure'
    reason?: string
    connection?: string
    collection?: string
    traces?: number
    bytes?: number
    shape?: string
    rules?: string[]
    ingested?: string
    ip?: string
  } = {},
): SessionEvent {
  const chain = more.chain ?? 'gw-a'
  return {
    '@timestamp': more.at ?? new Date(Date.UTC(2026, 0, 5, 9, 0, sequence)).toISOString(),
    event: {
      id: more.id ?? `${chain}.${sequence}.test`,
      action: more.action ?? 'trace-read',
      outcome: more.outcome ?? 'success',
      sequence,
      ...(more.reason === undefined ? {} : { reason: more.reason }),
      ...(more.ingested === undefined ? {} : { ingested: more.ingested }),
    },
    user: { id: more.user ?? 'u00001', email: 'u00001@example.com', name: 'Uma One' },
    source: { ip: more.ip ?? '10.0.0.7' },
    user_agent: { original: 'test/1' },
    tracewarden: {
      session: { id: more.session ?? 's1' },
      connection: { name: more.connection ?? 'phoenix' },
      collection: more.collection ?? 'default',
      statement: { shape: more.shape ?? 'GET /v1/projects/?/spans limit' },
      traces: { count: more.traces ?? 1 },
      bytes: more.bytes ?? 100,
      rules: more.rules ?? ['mask-credentials'],
      chain: { id: chain, prev: 'sha256:0', hash: `sha256:${sequence}` },
    },
  }
}
