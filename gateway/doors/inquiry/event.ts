import { iso } from '../../../core/clock.ts'
import type { EventAction, EventDraft, SessionEvent } from '../../../core/event.ts'
import type { Action, Verdict } from '../../policy/facts.ts'
import { contextOf } from '../../sessions/live-session.ts'
import type { Desk } from '../door.ts'
import type { Inquiry } from './inquiry.ts'
import type { Shown } from './shown.ts'

/** What one event of a request says beyond what the exchange knows. */
export interface EventParts {
  outcome: 'success' | 'failure'
  reason?: string | undefined
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

/**
 * The event of this request, without literals: ids, counts, names, shape and keyed hash. Members stand in key order,
 * because the spool prints them so; absent ones are undefined.
 */
export function draftOf(door: Desk, x: Inquiry, parts: EventParts): EventDraft {
  const { facts, decision, session } = x
  const { outcome, reason, phase, shown } = parts
  const now = door.clock.now()
  const context = session?.context() ?? contextOf(SUSPENDED, x.opening())
  const verdict = parts.verdict ?? verdictOf(x, shown)
  const bypass = parts.bypass?.length ? parts.bypass : (decision?.bypass ?? facts?.bypass)
  const rules = decision?.rules
  return {
    '@timestamp': iso(now),
    event: {
      action: actionOf(x, outcome),
      category: ['database'],
      duration: Math.round((door.clock.monotonic() - x.started) * 1e6),
      kind: 'event',
      outcome,
      reason,
      type: [outcome === 'failure' ? 'denied' : 'access'],
    },
    source: context.source,
    tracewarden: {
      approval: approvalOf(x),
      bypass: bypass?.length ? [...bypass] : undefined,
      bytes: parts.bytes,
      collection: facts?.collection,
      connection: connectionOf(x, context.tracewarden.connection),
      fields: shown && fieldsOf(shown),
      mode: door.connection.mode,
      person: context.tracewarden.person,
      policy: x.snapshot.hash,
      request: { id: x.id, phase },
      rules: rules?.length ? [...rules] : undefined,
      session: context.tracewarden.session,
      since_sensitive_ms: session?.sinceSensitive(now),
      statement: facts && { hash: x.statementHash(), shape: facts.shape },
      traces: tracesOf(x, shown, now),
      verdict,
    },
    user: context.user,
    user_agent: context.user_agent,
  }
}

/** The session's, unless this request speaks another protocol inside it (MCP over http). */
function connectionOf(x: Inquiry, own: SessionEvent['tracewarden']['connection']) {
  const protocol = x.facts?.protocol
  return own && protocol !== undefined && protocol !== own.protocol ? { name: own.name, protocol } : own
}

/** A refused attempt to change policy, users or the store is tampering; an allowed one is a write. */
function actionOf(x: Inquiry, outcome: 'success' | 'failure'): EventAction {
  if (!x.facts) return 'trace-read'
  if (x.facts.action === 'admin' && outcome === 'failure') return 'policy-tamper'
  return ACTIONS[x.facts.action]
}

/** Policy allows; what masking then hid makes it a mask. */
export function verdictOf(x: Inquiry, shown: Shown | undefined): Verdict | undefined {
  const verdict = x.decision?.verdict
  return verdict === 'allow' && shown?.masked.length ? 'mask' : verdict
}

function tracesOf(x: Inquiry, shown: Shown | undefined, now: number) {
  const asked = x.facts?.requested
  const requested = asked === undefined ? undefined : Math.max(0, asked)
  if (!shown) return requested === undefined || x.releasing ? undefined : { requested }
  const { count, ids, oldest, newest } = shown
  const last = count > 0 && newest !== undefined ? iso(newest) : undefined
  return {
    age: count > 0 ? ageOf(shown, now) : undefined,
    count,
    distinct: count,
    ids: ids.slice(0, MAX_IDS),
    ids_truncated: ids.length > MAX_IDS ? true : undefined,
    newest: last,
    oldest: count > 0 && oldest !== undefined ? (oldest === newest ? last : iso(oldest)) : undefined,
    requested,
  }
}

/** Quantiles in days; from the two ends alone they are known only where these are one. */
function ageOf({ oldest, newest }: Shown, now: number) {
  if (oldest === undefined || oldest !== newest) return undefined
  const days = Math.max(0, now - oldest) / DAY
  return { p50: days, p90: days }
}

const fieldsOf = ({ displayed, masked, sensitive }: Shown) => ({
  displayed: [...displayed],
  masked: [...masked],
  sensitive: [...sensitive],
})

function approvalOf(x: Inquiry) {
  if (!x.approval && !x.grant) return undefined
  return {
    asked: x.approval && [...x.approval.groups],
    grant: x.grant?.id,
    id: x.approval ? x.approval.id : x.grant!.approval,
    reviewer: x.approval?.decisions.at(-1)?.by.user,
  }
}
