import { createHmac } from 'node:crypto'
import { iso } from '../../../core/clock.ts'
import type { EventAction, EventDraft } from '../../../core/event.ts'
import type { Action, Verdict } from '../../policy/facts.ts'
import { contextOf } from '../../sessions/live-session.ts'
import type { Door } from './door-context.ts'
import type { Exchange } from './exchange.ts'
import type { Shown } from './release/facts.ts'

/** What one event of a request says beyond what the exchange knows. */
export interface EventParts {
  outcome: 'success' | 'failure'
  reason?: string
  phase?: 'intent' | 'segment' | 'complete'
  /** Increments: what this event's release shows. */
  shown?: Shown
  bytes?: number
  verdict?: Verdict
  bypass?: readonly string[]
}

const MAX_IDS = 100
const DAY = 86_400_000
/** The session of refusals to people whose access is suspended: they get no session of their own. */
const SUSPENDED = 'suspended'

const ACTIONS: Readonly<Record<Action, EventAction>> = {
  read: 'trace-read',
  search: 'trace-search',
  export: 'trace-export',
  write: 'trace-write',
  admin: 'trace-write',
  asset: 'trace-read',
}

/** The event of this request, without literals: ids, counts, names, shape and keyed hash. */
export function draftOf(door: Door, x: Exchange, parts: EventParts): EventDraft {
  const { facts, decision, session } = x
  const now = door.clock.now()
  const context = session?.context() ?? contextOf(SUSPENDED, openingOf(door, x))
  const verdict = parts.verdict ?? verdictOf(x, parts.shown)
  const bypass = parts.bypass?.length ? parts.bypass : (decision?.bypass ?? facts?.bypass)
  const rules = decision?.rules
  return {
    '@timestamp': iso(now),
    event: {
      kind: 'event',
      category: ['database'],
      type: [parts.outcome === 'failure' ? 'denied' : 'access'],
      action: actionOf(x, parts.outcome),
      outcome: parts.outcome,
      ...(parts.reason === undefined ? {} : { reason: parts.reason }),
      duration: Math.round((door.clock.monotonic() - x.started) * 1e6),
    },
    ...context,
    tracewarden: {
      ...context.tracewarden,
      request: { id: x.id, ...(parts.phase === undefined ? {} : { phase: parts.phase }) },
      ...(facts?.collection === undefined ? {} : { collection: facts.collection }),
      ...(facts ? { statement: { shape: facts.shape, hash: statementHash(door, x) } } : {}),
      ...tracesOf(x, parts.shown, now),
      ...(parts.bytes === undefined ? {} : { bytes: parts.bytes }),
      ...(parts.shown ? { fields: fieldsOf(parts.shown) } : {}),
      ...(bypass?.length ? { bypass: [...bypass] } : {}),
      ...(verdict === undefined ? {} : { verdict }),
      mode: door.connection.mode,
      ...(rules?.length ? { rules: [...rules] } : {}),
      policy: x.snapshot.hash,
      ...approvalOf(x),
      ...session?.sinceSensitive(now),
    },
  }
}

export const openingOf = (door: Door, x: Exchange) => ({
  identity: x.identity!,
  connection: door.connection.name,
  protocol: 'http' as const,
  source: x.req.socket.remoteAddress ?? '',
  userAgent: x.headers?.sent['user-agent'] ?? '',
})

/** A refused attempt to change policy, users or the store is tampering; an allowed one is a write. */
function actionOf(x: Exchange, outcome: 'success' | 'failure'): EventAction {
  if (!x.facts) return 'trace-read'
  if (x.facts.action === 'admin' && outcome === 'failure') return 'policy-tamper'
  return ACTIONS[x.facts.action]
}

/** Policy allows; what masking then hid makes it a mask. */
export function verdictOf(x: Exchange, shown: Shown | undefined): Verdict | undefined {
  const verdict = x.decision?.verdict
  return verdict === 'allow' && shown?.masked.length ? 'mask' : verdict
}

function tracesOf(x: Exchange, shown: Shown | undefined, now: number) {
  const requested = x.facts?.requested
  if (!shown)
    return requested === undefined || x.releasing ? {} : { traces: { requested: Math.max(0, requested) } }
  const { ids, oldest, newest } = shown
  return {
    traces: {
      count: shown.count,
      distinct: shown.count,
      ...(requested === undefined ? {} : { requested: Math.max(0, requested) }),
      ids: ids.length > MAX_IDS ? ids.slice(0, MAX_IDS) : [...ids],
      ...(ids.length > MAX_IDS ? { ids_truncated: true } : {}),
      ...(shown.count > 0 && oldest !== undefined ? { oldest: iso(oldest) } : {}),
      ...(shown.count > 0 && newest !== undefined ? { newest: iso(newest) } : {}),
      ...(shown.count > 0 ? ageOf(shown, now) : {}),
    },
  }
}

/** Quantiles in days; from the two ends alone they are known only where these are one. */
function ageOf({ oldest, newest }: Shown, now: number) {
  if (oldest === undefined || oldest !== newest) return {}
  const days = Math.max(0, now - oldest) / DAY
  return { age: { p50: days, p90: days } }
}

const fieldsOf = (shown: Shown) => ({
  displayed: [...shown.displayed],
  masked: [...shown.masked],
  sensitive: [...shown.sensitive],
})

function approvalOf(x: Exchange) {
  if (!x.approval && !x.grant) return {}
  const last = x.approval?.decisions.at(-1)
  return {
    approval: {
      ...(x.approval ? { id: x.approval.id, asked: [...x.approval.groups] } : { id: x.grant!.approval }),
      ...(x.grant ? { grant: x.grant.id } : {}),
      ...(last ? { reviewer: last.by.user } : {}),
    },
  }
}

/** Binds the event to the literal request without telling it: `hmac:` over method, target and body. */
function statementHash(door: Door, x: Exchange): string {
  x.statement ??= `hmac:${createHmac('sha256', door.statementKey)
    .update(`${x.req.method} ${x.target?.encoded}\n`)
    .update(x.request?.body ?? '')
    .digest('hex')
    .slice(0, 32)}`
  return x.statement
}
