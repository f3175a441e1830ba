import { DateTime } from 'luxon'
import { SEVERITIES } from '../../detectors/port.ts'
import { type Alert, subjectKey } from './alert.ts'

/** When the digest goes out: at one hour, each day or each Monday. */
export interface DigestPlan {
  every: 'day' | 'week' | 'never'
  /** `08:00` */
  at: string
  timezone: string
}

/** One digest: what waited from one time to the next. Its id is when it fell due. */
export interface DigestSlot {
  /** RFC 3339, UTC. */
  id: string
  from: string
  to: string
}

/** As many as are made up for after a standstill. */
const MISSED = 7

/** Those that fell due by `now` (ms), the oldest first: the last, and before it what a standstill may have missed. */
export function dueDigests({ every, at, timezone }: DigestPlan, now: number): DigestSlot[] {
  if (every === 'never') return []
  const [hour = 0, minute = 0] = at.split(':').map(Number)
  const local = DateTime.fromMillis(now, { zone: timezone })
  const unit = every === 'week' ? 'week' : 'day'
  const step = every === 'week' ? { weeks: 1 } : { days: 1 }
  const today = local.startOf(unit).set({ hour, minute })
  const due = today.toMillis() <= now ? today : today.minus(step)
  const stamp = (time: DateTime) => new Date(time.toMillis()).toISOString()
  return Array.from({ length: MISSED }, (_, i) => {
    const back = MISSED - 1 - i
    const times =
      every === 'week' ? [{ weeks: back + 1 }, { weeks: back }] : [{ days: back + 1 }, { days: back }]
    const [from = '', to = ''] = times.map((one) => stamp(due.minus(one)))
    return { id: to, from, to }
  })
}

const rank = (alert: Alert) => SEVERITIES.indexOf(alert.severity)

/** Who it is about, the gravest first, then those with most. */
export function byPerson(alerts: readonly Alert[]): { subject: string; alerts: Alert[] }[] {
  const groups = new Map<string, Alert[]>()
  for (const alert of alerts) {
    const key = subjectKey(alert.subject)
    groups.set(key, [...(groups.get(key) ?? []), alert])
  }
  return [...groups]
    .map(([subject, all]) => ({ subject, alerts: all.toSorted((a, b) => rank(b) - rank(a)) }))
    .sort(
      (a, b) =>
        rank(b.alerts[0]!) - rank(a.alerts[0]!) ||
        b.alerts.length - a.alerts.length ||
        (a.subject < b.subject ? -1 : 1),
    )
}
