import { readFileSync } from 'node:fs'
import { median } from 'simple-statistics'
import { z } from 'zod'
import { fail } from '../errors.ts'

/** What is known to have happened: `{"incident","kind","user","from","to"}`, one a line. */
const label = z.looseObject({
  incident: z.string(),
  kind: z.string(),
  user: z.string(),
  from: z.iso.datetime({ offset: true }),
  to: z.iso.datetime({ offset: true }),
})
export type Label = z.infer<typeof label>

/** @throws TW_DETECTORS_LABELS_INVALID */
export function readLabels(file: string): Label[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw fail('TW_DETECTORS_LABELS_INVALID', { file, reason: String(error) }, error)
  }
  return text.split('\n').flatMap((line, i) => (line.trim() ? [parse(line, file, i + 1)] : []))
}

function parse(line: string, file: string, n: number): Label {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    throw fail('TW_DETECTORS_LABELS_INVALID', { file, reason: `line ${n}: not JSON` })
  }
  const parsed = label.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw fail('TW_DETECTORS_LABELS_INVALID', {
    file,
    reason: `line ${n}: ${issue?.path.join('.')}: ${issue?.message}`,
  })
}

export interface Told {
  user: string
  detector: string
  /** ms */
  at: number
}

interface Tally {
  incidents: number
  found: number
  recall: number
  /** Found by the detector of the same name. */
  own_kind: number
  /** Median from the label's begin to the first alert. */
  delay_s: number | null
}

export interface Verdict {
  incidents: number
  found: number
  recall: number
  own_kind: number
  false_alerts: number
  false_alerts_per_1000_user_days: number
  kinds: Record<string, Tally>
}

const DAY = 86400e3
const share = (part: number, whole: number) => (whole ? Math.round((part / whole) * 1e4) / 1e4 : 0)

/** An alert is true if it stands within a label's span of its user, or up to 24 h after it. */
const justifies = ({ user, from, to }: Label, alert: Told): boolean =>
  alert.user === user && alert.at >= Date.parse(from) && alert.at <= Date.parse(to) + DAY

/** The incidents that make an alert true; none: it is false. */
export const incidentsOf = (labels: readonly Label[], alert: Told): string[] =>
  labels.filter((label) => justifies(label, alert)).map(({ incident }) => incident)

export function judge(labels: readonly Label[], alerts: readonly Told[], userDays: number): Verdict {
  const byUser = new Map<string, Told[]>()
  for (const alert of alerts) byUser.set(alert.user, [...(byUser.get(alert.user) ?? []), alert])
  const justified = new Set<Told>()
  const kinds: Record<string, Tally> = {}
  const delays = new Map<string, number[]>()
  for (const label of labels) {
    const { kind, user, from } = label
    const start = Date.parse(from)
    const hits = (byUser.get(user) ?? []).filter((alert) => justifies(label, alert))
    for (const hit of hits) justified.add(hit)
    kinds[kind] ??= { incidents: 0, found: 0, recall: 0, own_kind: 0, delay_s: null }
    const tally = kinds[kind]
    tally.incidents++
    if (hits.some(({ detector }) => detector === kind)) tally.own_kind++
    if (!hits.length) continue
    tally.found++
    const delay = (Math.min(...hits.map(({ at }) => at)) - start) / 1000
    delays.set(kind, [...(delays.get(kind) ?? []), delay])
  }
  for (const [kind, tally] of Object.entries(kinds)) {
    tally.recall = share(tally.found, tally.incidents)
    const known = delays.get(kind)
    if (known) tally.delay_s = Math.round(median(known))
  }
  const sum = (of: 'incidents' | 'found' | 'own_kind') =>
    Object.values(kinds).reduce((total, tally) => total + tally[of], 0)
  const wrong = alerts.filter((alert) => !justified.has(alert)).length
  return {
    ...{ incidents: sum('incidents'), found: sum('found'), own_kind: sum('own_kind') },
    recall: share(sum('found'), sum('incidents')),
    false_alerts: wrong,
    false_alerts_per_1000_user_days: share(wrong * 1000, userDays),
    kinds,
  }
}
