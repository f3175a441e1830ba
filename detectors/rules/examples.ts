import type { EventAction, EventDraft, SessionEvent } from '../../core/event.ts'

/**
 * Small histories for the detectors' examples: one user, counted in working days from a Monday. Deterministic; the
 * population in fixtures/ is for proof, these are for reading.
 */
const MONDAY = Date.UTC(2026, 0, 5)
const DAY = 86400e3

/** The n-th working day: five a week. */
const dayOf = (n: number) => MONDAY + (Math.floor(n / 5) * 7 + (n % 5)) * DAY

export function* workdays(days: number, of: (day: number) => Iterable<EventDraft>): Iterable<EventDraft> {
  for (let day = 0; day < days; day++) yield* of(day)
}

type Warden = SessionEvent['tracewarden']
type Extra = Partial<
  Pick<Warden, 'traces' | 'bypass' | 'statement' | 'verdict' | 'approval' | 'fields' | 'collection' | 'alert'>
> & {
  session?: Partial<Warden['session']>
  since_sensitive_ms?: number
}

function draft(at: number, action: EventAction, extra: Extra = {}, failed = false): EventDraft {
  const { session, ...rest } = extra
  return {
    '@timestamp': new Date(at).toISOString(),
    event: { action, outcome: failed ? 'failure' : 'success' },
    user: { id: 'u1', group: { name: 'search' } },
    tracewarden: {
      session: { id: `s${Math.floor(at / 3600e3)}`, ...session },
      collection: 'default',
      ...rest,
    },
  }
}

/** Reads of `traces` altogether, `each` at a time, from nine o'clock; undefined: how many is not said. */
export function* reads(
  day: number,
  traces: number | undefined,
  { age, each = 3 }: { age?: number; each?: number } = {},
): Iterable<EventDraft> {
  const requests = traces === undefined ? 100 : Math.ceil(traces / each)
  for (let i = 0; i < requests; i++) {
    const at = dayOf(day) + 9 * 3600e3 + Math.floor((i * 7 * 3600e3) / requests)
    const n = traces === undefined ? undefined : Math.min(each, traces - i * each)
    yield draft(at, 'trace-read', {
      traces: {
        ...(n !== undefined && { count: n, distinct: n }),
        ...(age !== undefined && { age: { p50: age } }),
      },
    })
  }
}

export function* attempts(
  day: number,
  n: number,
  { technique, varied = false }: { technique: string; varied?: boolean },
): Iterable<EventDraft> {
  for (let i = 0; i < n; i++) {
    const statement = { shape: 'GET /traces ?filter', hash: `hmac:${varied ? `${day}.${i}` : 0}` }
    yield draft(
      dayOf(day) + 10 * 3600e3 + i * 60e3,
      'trace-search',
      { bypass: [technique], statement, verdict: 'block' },
      true,
    )
  }
}

/** Exports that policy refuses, early in the day. */
export function* refused(day: number, n: number): Iterable<EventDraft> {
  for (let i = 0; i < n; i++)
    yield draft(dayOf(day) + 8 * 3600e3 + i * 60e3, 'trace-export', { verdict: 'block' }, true)
}

export function* requests(day: number, n: number, { refused = false } = {}): Iterable<EventDraft> {
  for (let i = 0; i < n; i++) {
    const at = dayOf(day) + 11 * 3600e3 + i * 300e3
    const approval = { id: `a${day}-${i}` }
    yield draft(at, 'approval-request', {
      approval,
      statement: { shape: `GET /traces/${i}`, hash: `hmac:${i}` },
    })
    yield draft(at + 60e3, refused ? 'approval-deny' : 'approval-grant', {
      approval: { ...approval, reviewer: 'u2' },
    })
  }
}

/** Requests of `requester` that the user decides as a reviewer, `waited` ms after they were asked. */
export function* reviews(
  day: number,
  n: number,
  { requester, waited = 600e3, deny = 0 }: { requester?: string; waited?: number; deny?: number },
): Iterable<EventDraft> {
  for (let i = 0; i < n; i++) {
    const denied = deny > 0 && i % deny === 0
    const who = requester ?? `u${3 + ((day * 3 + i) % 5)}`
    const approval = { id: `r${day}-${who}-${i}`, requester: who, reviewer: 'u1', waited_ms: waited + i * 37 }
    const at = dayOf(day) + 13 * 3600e3 + i * 240e3
    yield draft(at, denied ? 'approval-deny' : 'approval-grant', { approval }, denied)
  }
}

/** Reads of the user that `reviewer` approved. */
export function* granted(day: number, n: number, reviewer?: string): Iterable<EventDraft> {
  for (let i = 0; i < n; i++)
    yield draft(dayOf(day) + 15 * 3600e3 + i * 240e3, 'trace-read', {
      approval: { id: `g${day}-${reviewer ?? ''}-${i}`, reviewer: reviewer ?? `u${3 + ((day + i) % 5)}` },
      traces: { count: 2, distinct: 2 },
    })
}

/** Alerts that the user closes or suppresses. */
export function* triaged(day: number, n: number, change: string): Iterable<EventDraft> {
  for (let i = 0; i < n; i++)
    yield draft(dayOf(day) + 10 * 3600e3 + i * 180e3, 'alert-triage', {
      alert: { id: `a${day}-${i}`, change },
    })
}

/** Sessions that end `delay` ms after something sensitive; one in `cut` breaks off. */
export function* sessions(
  day: number,
  n: number,
  { cut, delay = 5000 }: { cut?: number; delay?: number },
): Iterable<EventDraft> {
  for (let i = 0; i < n; i++) {
    const at = dayOf(day) + 9 * 3600e3 + i * 1800e3
    yield draft(at, 'trace-read', { fields: { sensitive: ['output'] }, session: { id: `s${day}-${i}` } })
    yield draft(at + delay, 'session-end', {
      session: { id: `s${day}-${i}`, end: cut && i % cut === 0 ? 'abort' : 'client' },
      since_sensitive_ms: delay,
    })
  }
}

export function* act(day: number, action: EventAction, n: number): Iterable<EventDraft> {
  for (let i = 0; i < n; i++)
    yield draft(dayOf(day) + 12 * 3600e3 + i * 60e3, action, {}, action === 'policy-tamper')
}

/** A session of one person's work, under one's own name or another's. */
export function* habit(day: number, whose: 'ann' | 'bob', as: string = whose): Iterable<EventDraft> {
  const work = {
    ann: { collection: 'search', shapes: ['GET /traces limit', 'GET /spans ?', 'GET /scores since'] },
    bob: { collection: 'claims', shapes: ['POST /search text', 'GET /runs tag', 'GET /prompts'] },
  }[whose]
  for (let i = 0; i < 12; i++) {
    const statement = { shape: work.shapes[(i * 7 + day) % 3] ?? '' }
    const at = dayOf(day) + 9 * 3600e3 + i * 120e3
    const { user: _, ...event } = draft(at, 'trace-read', { statement, session: { id: `s${as}${day}` } })
    yield {
      ...event,
      user: { id: as, group: { name: 'search' } },
      tracewarden: { session: { id: `s${as}${day}` }, statement, collection: work.collection },
    }
  }
}

/** A read in each of these hours. */
export function* at(day: number, hours: readonly number[]): Iterable<EventDraft> {
  for (const [i, hour] of hours.entries())
    yield draft(dayOf(day) + hour * 3600e3 + i * 60e3, 'trace-read', { traces: { count: 2, distinct: 2 } })
}

/** Five colleagues who read alike. */
export function* team(days: number, traces: number): Iterable<EventDraft> {
  for (let day = 0; day < days; day++)
    for (const event of reads(day, traces))
      for (let i = 1; i <= 5; i++) yield { ...event, user: { id: `u${i}`, group: { name: 'search' } } }
}

/** A team's day: each member reads as many as `traces` says, at the same hours. */
export function* colleagues(
  day: number,
  members: number,
  traces: (member: number) => number,
): Iterable<EventDraft> {
  const days = Array.from({ length: members }, (_, member) =>
    [...reads(day, traces(member))].map((event) => ({
      ...event,
      user: { id: `u${member + 1}`, group: { name: 'search' } },
    })),
  )
  yield* days.flat().sort((a, b) => (String(a['@timestamp']) < String(b['@timestamp']) ? -1 : 1))
}
