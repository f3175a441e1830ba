import { z } from 'zod'
import { acceptsOf } from './accepts.ts'
import { mend } from './mend.ts'

/**
 * Session events: one JSON object a line, field names after the Elastic Common Schema 8; what ECS has no field for
 * stands under `tracewarden`. Unknown extra fields are kept. Missing is unknown, never zero.
 */
export const ACTIONS = [
  'session-start',
  'session-end',
  'login',
  'auth-failure',
  'trace-read',
  'trace-search',
  'trace-export',
  'trace-write',
  'canary-read',
  'canary-list',
  'approval-request',
  'approval-grant',
  'approval-deny',
  'approval-expire',
  'approval-revoke',
  'break-glass',
  'policy-change',
  'policy-tamper',
  'token-create',
  'token-revoke',
  'user-suspend',
  'user-restore',
  'user-erase',
  'alert-triage',
  'review-replay',
  'gateway-start',
  'gateway-stop',
  'checkpoint',
] as const
export type EventAction = (typeof ACTIONS)[number]

const text = z.string().max(32_766)
const count = z.number().int().nonnegative()
const strings = z.array(text)
const time = z.iso.datetime({ offset: true })

const tracewarden = z.looseObject({
  person: z
    .looseObject({
      kind: z.enum(['human', 'service']).optional(),
      timezone: text.optional(),
      credential: text.optional(),
      actor: text.optional(),
      /** Issuer and subject: what makes a person one person. */
      id: text.optional(),
    })
    .optional(),
  session: z.looseObject({
    id: text,
    end: z.enum(['client', 'abort', 'idle', 'killed', 'error']).optional(),
    /** On session-end: the session's totals. */
    requests: count.optional(),
    traces: count.optional(),
    bytes: count.optional(),
    started: time.optional(),
  }),
  connection: z
    .looseObject({ name: text, protocol: z.enum(['http', 'postgres', 's3', 'mcp', 'console']).optional() })
    .optional(),
  collection: text.optional(),
  /**
   * Events of one request share `request.id`. `phase` orders them: `intent` before the first byte, `segment` before
   * each released segment, `complete` at the end; a request released whole has one event and no phase. Counts are
   * increments, so that a sum over the events of a request is right.
   */
  request: z
    .looseObject({ id: text, phase: z.enum(['intent', 'segment', 'complete']).optional() })
    .optional(),
  statement: z.looseObject({ shape: text.optional(), hash: text.optional() }).optional(),
  traces: z
    .looseObject({
      count: count.optional(),
      distinct: count.optional(),
      requested: count.optional(),
      ids: strings.optional(),
      ids_truncated: z.boolean().optional(),
      oldest: time.optional(),
      newest: time.optional(),
      age: z.looseObject({ p50: z.number().optional(), p90: z.number().optional() }).optional(),
    })
    .optional(),
  bytes: count.optional(),
  fields: z
    .looseObject({ displayed: strings.optional(), masked: strings.optional(), sensitive: strings.optional() })
    .optional(),
  bypass: strings.optional(),
  verdict: z.enum(['allow', 'mask', 'approval', 'block']).optional(),
  mode: z.enum(['enforce', 'observe']).optional(),
  rules: strings.optional(),
  policy: text.optional(),
  approval: z
    .looseObject({
      id: text.optional(),
      grant: text.optional(),
      asked: strings.optional(),
      reviewer: text.optional(),
      reason: text.optional(),
      /** `user.id` of who asked. */
      requester: text.optional(),
      /** On approval-grant and approval-deny: ms since it was asked. */
      waited_ms: z.number().nonnegative().optional(),
    })
    .optional(),
  /** On alert-triage: what was done, about which alert of whom. */
  alert: z
    .looseObject({
      id: text.optional(),
      detector: text.optional(),
      user: text.optional(),
      change: text.optional(),
    })
    .optional(),
  /** On canary-read: which decoy, by config's name; what of it was touched, and the trace's or object's id. */
  canary: z
    .looseObject({
      name: text,
      kind: z.enum(['trace', 'collection', 'credential']).optional(),
      decoy: text.optional(),
    })
    .optional(),
  since_sensitive_ms: z.number().nonnegative().optional(),
  chain: z.looseObject({ id: text, prev: text, hash: text, salt: text.optional() }).optional(),
})

const shape = z.looseObject({
  '@timestamp': time,
  event: z.looseObject({
    id: text.min(1),
    kind: text.optional(),
    category: strings.optional(),
    type: strings.optional(),
    action: z.enum(ACTIONS),
    outcome: z.enum(['success', 'failure', 'unknown']),
    reason: text.optional(),
    duration: count.optional(),
    sequence: count.optional(),
    ingested: time.optional(),
  }),
  user: z
    .looseObject({
      id: text.optional(),
      email: text.optional(),
      name: text.optional(),
      roles: strings.optional(),
      group: z.looseObject({ name: text.optional() }).optional(),
    })
    .optional(),
  source: z.looseObject({ ip: text.optional() }).optional(),
  user_agent: z.looseObject({ original: text.optional() }).optional(),
  observer: z.looseObject({ name: text.optional() }).optional(),
  tracewarden,
})

export const sessionEvent = shape.superRefine((event, ctx) => {
  if (!owned(event))
    ctx.addIssue({
      code: 'custom',
      path: ['user', 'id'],
      message: 'required, except on auth-failure and events of the gateway itself',
    })
})

const owned = ({ event, user }: z.infer<typeof shape>): boolean =>
  event.action === 'auth-failure' || user?.id !== undefined || SYSTEM.has(event.action)

/** Actions of the gateway itself, which no user asked for. */
const SYSTEM: ReadonlySet<EventAction> = new Set<EventAction>([
  'gateway-start',
  'gateway-stop',
  'checkpoint',
  'policy-change',
])

export type SessionEvent = z.infer<typeof sessionEvent>

/** What a room writes: the spool adds id, sequence and chain. `@timestamp` is when it happened. */
export type EventDraft = Without<SessionEvent, 'event'> & {
  event: Without<SessionEvent['event'], 'id' | 'sequence'>
}

/** Omit, for types that allow extra members: it keeps the known ones. */
type Without<T, K extends string> = { [P in keyof T as P extends K ? never : P]: T[P] }

const accepts = acceptsOf(shape)
/** An event that the schema would take as it is: nearly every one. */
const isPlain = (value: unknown): value is SessionEvent => accepts(value) && owned(value)

/** Parses one NDJSON line, written by whomever: see `mend`. The problem names the field and what was expected, never the value. */
export function parseEvent(line: string): { event: SessionEvent } | { problem: string } {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return { problem: 'not JSON' }
  }
  if (isPlain(value)) return { event: value }
  const mended = mend(value, shape)
  if (isPlain(mended)) return { event: mended }
  const result = sessionEvent.safeParse(mended)
  if (result.success) return { event: result.data }
  const issue = result.error.issues[0]!
  return { problem: `${issue.path.join('.') || 'event'}: ${issue.message}` }
}
