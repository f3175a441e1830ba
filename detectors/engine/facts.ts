import type { EventAction, SessionEvent } from '../../core/event.ts'

/**
 * What detectors see of a session event: flat, parsed once, undefined where unknown. Detectors know this and nothing
 * of any backend.
 */
export interface Facts {
  /** What it has of SIGNS, as bits. */
  signs: number
  /** As it came, for what an admin's own rules name. */
  event: SessionEvent
  id: string
  /** ms, event time. */
  at: number
  user: string
  /** Kind, team and first role: whom the user is compared with. Undefined where the event does not say. */
  group: string | undefined
  /** Undefined where the event does not say. */
  roles: readonly string[] | undefined
  zone: string | undefined
  chain: string
  sequence: number | undefined
  session: string
  action: EventAction
  /** The request was refused, or failed. */
  failed: boolean
  /** A read, search or export that was refused, not one that broke. */
  refused: boolean
  /** A read, search or export that succeeded. */
  read: boolean
  /** That read is a request of its own, not the announcement or a part of one. */
  request: boolean
  /** Distinct traces released. */
  traces: number | undefined
  /** Usual age in days of the traces released. */
  age: number | undefined
  collection: string | undefined
  connection: string | undefined
  client: string | undefined
  /** Names of the fields that were displayed. */
  fields: readonly string[]
  shape: string | undefined
  hash: string | undefined
  /** Sensitive fields were displayed. */
  sensitive: boolean
  /** ms since a sensitive field was displayed, where the event says. */
  sinceSensitive: number | undefined
  end: 'client' | 'abort' | 'idle' | 'killed' | 'error' | undefined
  bypass: readonly string[]
  /** On canary-read: which decoy was touched, and what of it. */
  canary: string | undefined
  approval: string | undefined
  reviewer: string | undefined
  /** Who asked for that approval. */
  requester: string | undefined
  /** ms between asking and deciding. */
  waited: number | undefined
  /** On alert-triage: what was done, `closed: benign`. */
  change: string | undefined
  asked: readonly string[]
}

/** What detectors wait for: an event that has nothing of what one waits for need not come to it. */
export const SIGNS = {
  /** It released traces. */
  traces: 1,
  /** It is a read that succeeded. */
  read: 2,
  /** How old what was read is, is known. */
  age: 4,
  sensitive: 8,
  bypass: 16,
  /** A session ended. */
  end: 32,
  /** It is about an approval, or allowed by one. */
  approval: 64,
  /** It is neither a usual read, nor of a session, nor of an approval. */
  deed: 128,
  refused: 256,
} as const
export type Sign = keyof typeof SIGNS

const DAY = 86400e3
/** No trace store is older: a time before it is a placeholder for "unknown", or of a clock that was never set. */
export const FIRST = Date.UTC(2015, 0, 1)
const NONE: readonly string[] = []
const READS: ReadonlySet<EventAction> = new Set<EventAction>([
  'trace-read',
  'trace-search',
  'trace-export',
  'canary-read',
])
const USUAL: ReadonlySet<EventAction> = new Set<EventAction>([
  'trace-read',
  'trace-search',
  'trace-export',
  'session-start',
  'session-end',
])
/** Ids and names longer than this are cut: nothing legitimate is, and baselines stay small. */
const LONGEST = 256

const cut = (text: string) => (text.length > LONGEST ? text.slice(0, LONGEST) : text)

export function factsOf(event: SessionEvent, user: string, at: number): Facts {
  const warden = event.tracewarden
  const failed = event.event.outcome === 'failure'
  const read = !failed && READS.has(event.event.action)
  const { traces, fields, approval, verdict } = warden
  const refused =
    failed &&
    READS.has(event.event.action) &&
    (verdict === undefined ? event.event.reason !== undefined : verdict === 'block')
  // Its `user` is whoever acted, briefly told: not always whose event it is.
  const { action } = event.event
  const decision = !USUAL.has(action) && action.startsWith('approval-')
  const released = read ? (traces?.distinct ?? traces?.count) : undefined
  const age = read && traces ? ageOf(traces, at) : undefined
  const sensitive = read && (fields?.sensitive?.length ?? 0) > 0
  const end = action === 'session-end' ? warden.session.end : undefined
  const bypass = warden.bypass ?? NONE
  const signs =
    (released ? SIGNS.traces : 0) |
    (read ? SIGNS.read : 0) |
    (age !== undefined ? SIGNS.age : 0) |
    (sensitive ? SIGNS.sensitive : 0) |
    (bypass.length ? SIGNS.bypass : 0) |
    (end !== undefined ? SIGNS.end : 0) |
    (decision || approval !== undefined ? SIGNS.approval : 0) |
    (decision || USUAL.has(action) ? 0 : SIGNS.deed) |
    (refused ? SIGNS.refused : 0)
  return {
    signs,
    event,
    id: cut(event.event.id),
    at,
    user: cut(user),
    group: decision ? undefined : groupOf(event),
    roles: decision ? undefined : event.user?.roles,
    // A decision concerns two people: its zone, like its team, is only one's.
    zone: decision ? undefined : warden.person?.timezone,
    chain: warden.chain?.id ?? '',
    sequence: event.event.sequence,
    session: cut(warden.session.id),
    action,
    failed,
    refused,
    read,
    request: read && (warden.request?.phase === undefined || warden.request.phase === 'complete'),
    traces: released,
    age,
    collection: warden.collection === undefined ? undefined : cut(warden.collection),
    connection: warden.connection?.name,
    client: event.user_agent?.original,
    fields: fields?.displayed ?? NONE,
    shape: warden.statement?.shape,
    hash: warden.statement?.hash,
    sensitive,
    sinceSensitive: warden.since_sensitive_ms,
    end,
    bypass,
    canary: canaryOf(warden.canary),
    approval: approval?.id,
    reviewer: approval?.reviewer,
    requester: approval?.requester,
    waited: approval?.waited_ms,
    change: warden.alert?.change,
    asked: approval?.asked ?? NONE,
  }
}

function canaryOf(canary: SessionEvent['tracewarden']['canary']): string | undefined {
  if (canary === undefined) return undefined
  return cut(canary.kind === 'credential' ? `${canary.name} (its credential)` : canary.name)
}

function groupOf(event: SessionEvent): string | undefined {
  const kind = event.tracewarden.person?.kind
  const team = event.user?.group?.name
  const role = event.user?.roles?.[0]
  if (kind === undefined && team === undefined && role === undefined) return undefined
  return cut(`${kind === 'service' ? 'service' : 'human'}:${team ?? ''}:${role ?? ''}`)
}

/** The median age; where only the range is known, its geometric middle. Never from a placeholder time. */
function ageOf(traces: NonNullable<SessionEvent['tracewarden']['traces']>, at: number): number | undefined {
  const median = traces.age?.p50
  if (median !== undefined && median >= 0 && median < (at - FIRST) / DAY) return median
  const oldest = days(traces.oldest, at)
  const newest = days(traces.newest, at)
  if (oldest !== undefined && newest !== undefined)
    return Math.sqrt(Math.max(oldest, 1e-3) * Math.max(newest, 1e-3))
  return newest ?? oldest
}

function days(time: string | undefined, at: number): number | undefined {
  if (time === undefined) return undefined
  const ms = Date.parse(time)
  return ms >= FIRST && ms <= at + DAY ? Math.max(0, (at - ms) / DAY) : undefined
}
