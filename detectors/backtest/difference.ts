import { GOES_ON } from '../engine/window.ts'
import { type Finding, SEVERITIES, type Severity } from '../finding.ts'
import { incidentsOf, type Label } from './labels.ts'

/**
 * What another config would change, alert by alert. Two alerts are the same matter if they have the same id; or, of
 * what is left, the same detector and user within the week in which a matter goes on, since another threshold may tell
 * of it an hour or some days sooner, and by the day instead of the hour.
 */
export interface Difference {
  /** In the order of their time. */
  changes: readonly Change[]
  /** Told alike under both. */
  same: number
  /** Of the matters that both tell: how many the other tells sooner, or later. */
  sooner: number
  later: number
  by_detector: Readonly<Record<string, Tally>>
  /** Only users for whom something changes. */
  by_user: Readonly<Record<string, Tally>>
}

export type Change = Gone | Moved

interface Gone {
  type: 'gained' | 'lost'
  alert: Alert
  /** Detectors that tell of this user on that day (UTC) under the config that lacks the alert. */
  instead: readonly string[]
  /** With labels: the incidents that it tells of; none makes it a false alert. */
  incidents?: readonly string[]
}

interface Moved {
  type: 'changed'
  alert: Alert
  severity: { from: Severity; to: Severity }
}

type Alert = Pick<Finding, 'id' | '@timestamp' | 'detector' | 'user' | 'severity' | 'summary'>

export interface Tally {
  /** Alerts now, and under the other config. */
  now: number
  other: number
  gained: number
  lost: number
  raised: number
  lowered: number
}

export function difference(
  now: readonly Finding[],
  other: readonly Finding[],
  labels?: readonly Label[],
): Difference {
  const pairs = pair(now, other)
  const paired = new Set(pairs.flat())
  const kept = pairs.filter(([before, after]) => before.severity === after.severity)
  const gone = (type: 'gained' | 'lost', from: readonly Finding[], elsewhere: readonly Finding[]): Gone[] => {
    const incidents = groupBy(elsewhere, ({ incident }) => incident)
    return from
      .filter((alert) => !paired.has(alert))
      .map((alert) => ({
        type,
        alert: brief(alert),
        instead: detectorsOf(incidents.get(alert.incident) ?? []),
        ...(labels && { incidents: incidentsOf(labels, told(alert)) }),
      }))
  }
  const changes: Change[] = [
    ...gone('lost', now, other),
    ...gone('gained', other, now),
    ...pairs
      .filter(([before, after]) => before.severity !== after.severity)
      .map(
        ([before, after]): Moved => ({
          type: 'changed',
          alert: brief(after),
          severity: { from: before.severity, to: after.severity },
        }),
      ),
  ]
  changes.sort((a, b) => compare(keyOf(a), keyOf(b)))
  const by_detector = tallies(now, other, changes, (alert) => alert.detector)
  const users = tallies(now, other, changes, (alert) => alert.user?.id ?? '')
  return {
    changes,
    same: kept.length,
    sooner: pairs.filter(([before, after]) => after['@timestamp'] < before['@timestamp']).length,
    later: pairs.filter(([before, after]) => after['@timestamp'] > before['@timestamp']).length,
    by_detector,
    by_user: Object.fromEntries(Object.entries(users).filter(([, tally]) => moves(tally))),
  }
}

/** Matters that both tell: by id, then by detector and user within a week, the earliest first. */
function pair(now: readonly Finding[], other: readonly Finding[]): [Finding, Finding][] {
  const byId = new Map(other.map((alert) => [alert.id, alert]))
  const pairs: [Finding, Finding][] = []
  const left: Finding[] = []
  for (const alert of now) {
    const twin = byId.get(alert.id)
    if (twin) pairs.push([alert, twin])
    else left.push(alert)
    byId.delete(alert.id)
  }
  const waiting = groupBy([...byId.values()].sort(inTime), matterOf)
  for (const alert of left.sort(inTime)) {
    const candidates = waiting.get(matterOf(alert)) ?? []
    const i = candidates.findIndex((twin) => Math.abs(timeOf(twin) - timeOf(alert)) <= GOES_ON)
    const [twin] = i < 0 ? [] : candidates.splice(i, 1)
    if (twin) pairs.push([alert, twin])
  }
  return pairs
}

const detectorsOf = (alerts: readonly Finding[]): string[] =>
  [...new Set(alerts.map(({ detector }) => detector))].sort()

function groupBy(alerts: readonly Finding[], key: (alert: Finding) => string): Map<string, Finding[]> {
  const groups = new Map<string, Finding[]>()
  for (const alert of alerts) {
    const group = groups.get(key(alert))
    if (group) group.push(alert)
    else groups.set(key(alert), [alert])
  }
  return groups
}

function tallies(
  now: readonly Finding[],
  other: readonly Finding[],
  changes: readonly Change[],
  nameOf: (alert: Alert) => string,
): Record<string, Tally> {
  const found = new Map<string, Tally>()
  const tally = (alert: Alert): Tally => {
    const name = nameOf(alert)
    const known = found.get(name) ?? { now: 0, other: 0, gained: 0, lost: 0, raised: 0, lowered: 0 }
    found.set(name, known)
    return known
  }
  for (const alert of now) tally(alert).now++
  for (const alert of other) tally(alert).other++
  for (const change of changes) {
    const counted = tally(change.alert)
    if (change.type !== 'changed') counted[change.type]++
    else counted[rank(change.severity.to) > rank(change.severity.from) ? 'raised' : 'lowered']++
  }
  return Object.fromEntries([...found].sort(([a], [b]) => compare(a, b)))
}

const moves = ({ gained, lost, raised, lowered }: Tally) => gained + lost + raised + lowered > 0
const rank = (severity: Severity) => SEVERITIES.indexOf(severity)
const timeOf = (alert: Finding) => Date.parse(alert['@timestamp'])
const matterOf = ({ detector, subject }: Finding) => JSON.stringify([detector, subject.kind, subject.id])
const told = (alert: Finding) => ({
  user: alert.subject.id,
  detector: alert.detector,
  at: timeOf(alert),
})
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
const inTime = (a: Finding, b: Finding) => compare(a['@timestamp'], b['@timestamp']) || compare(a.id, b.id)
const keyOf = ({ alert, type }: Change) => `${alert['@timestamp']} ${alert.id} ${type}`
const brief = ({ id, '@timestamp': at, detector, user, severity, summary }: Finding): Alert => ({
  ...{ id, '@timestamp': at, detector, ...(user && { user }), severity, summary },
})
