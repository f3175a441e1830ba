import { createHash } from 'node:crypto'
import { z } from 'zod'
import { iso } from '../../core/clock.ts'
import { type Finding, SEVERITIES } from '../finding.ts'
import { type Burst, type BurstLimits, teamWindow } from './burst.ts'
import type { CommonOptions, Metadata } from './detector.ts'
import { severityOf, tellAs } from './findings.ts'
import type { Report, Tracker } from './host.ts'
import type { Span } from './span.ts'
import type { Subject } from './subject.ts'

/**
 * The notices of teams that are busy together: one a team and day, revised as more members are explained by it or
 * stand out of it. Nothing is told while it explains nobody.
 */
export interface Bursts {
  readonly limits: BurstLimits
  /** Notices are on record only, and explain nothing away. */
  readonly shadow: boolean
  /** The member would have alerted, were the team not as busy. @returns the notice's id */
  explain(said: Said): string
  /** The member is far beyond the team: named, and alerts all the same. */
  standsOut(said: Said): void
}

export interface Said {
  subject: Subject
  detector: string
  /** The member's day. */
  day: Span
  burst: Burst
  at: number
  report: Report
}

const DAY = 86400e3
const KEPT = 3 * DAY
const NAMED = 50

const state = z.object({
  team: z.string(),
  /** Date, in days since 1970. */
  day: z.number(),
  /** ms, event time: when somebody was explained by it first. */
  at: z.number(),
  zone: z.string(),
  revision: z.number(),
  level: z.number(),
  members: z.number(),
  above: z.number(),
  p: z.number(),
  explained: z.array(z.string()),
  outliers: z.array(z.string()),
  detectors: z.array(z.string()),
})
type State = z.infer<typeof state>
const saved = z.array(state)

const sha256 = (...parts: string[]) => createHash('sha256').update(parts.join('\n')).digest('hex')
const teamOf = ({ group }: Subject) => group.split(':')[1] ?? ''

export interface NoticeSpec extends Pick<Metadata, 'name' | 'technique' | 'severity'> {
  /** What it may have been. */
  benign: string
}

/** It looks at no event itself: the other detectors tell it. */
export function createBursts(
  spec: NoticeSpec,
  options: CommonOptions & BurstLimits,
  config: string,
): Tracker & { bursts: Bursts } {
  let open = new Map<string, State>()

  const stateOf = ({ subject, day, burst, at }: Said): State => {
    const [team, date] = [teamOf(subject), teamWindow(day)]
    const key = `${team}\n${date}`
    let known = open.get(key)
    if (!known) {
      known = {
        ...{
          team,
          day: date,
          at: 0,
          zone: day.zone,
          revision: 0,
          explained: [],
          outliers: [],
          detectors: [],
        },
        ...burst,
      }
      open.set(key, known)
      open = new Map([...open].filter(([, one]) => at - one.day * DAY < KEPT))
    }
    return Object.assign(known, burst)
  }
  const tell = (one: State, said: Said) => {
    if (!one.explained.length) return
    one.at ||= said.at
    one.revision++
    tellAs(options, findingOf(spec, options, config, one), said.at, { zone: one.zone }, said.report)
  }
  const add = (names: string[], name: string) => {
    if (names.includes(name) || names.length >= NAMED) return false
    names.push(name)
    names.sort()
    return true
  }

  const bursts: Bursts = {
    limits: options,
    shadow: options.shadow,
    explain(said) {
      const one = stateOf(said)
      add(one.detectors, said.detector)
      if (add(one.explained, said.subject.id)) tell(one, said)
      return idOf(spec, one)
    },
    standsOut(said) {
      const one = stateOf(said)
      if (add(one.outliers, said.subject.id)) tell(one, said)
    },
  }
  return {
    name: spec.name,
    scales: [],
    signs: 0,
    bursts,
    push() {},
    close() {},
    day() {},
    regroup() {},
    save: () => undefined,
    load: () => undefined,
    held: () => undefined,
    hold() {},
    tails: () => ({ open: [...open.values()] }),
    loadTails(kept) {
      const parsed = z.object({ open: saved }).safeParse(kept)
      if (parsed.success) open = new Map(parsed.data.open.map((one) => [`${one.team}\n${one.day}`, one]))
    },
  }
}

const idOf = ({ name }: NoticeSpec, { team, day }: State) => sha256(name, 'team', team, iso(day * DAY), 'day')

function findingOf(spec: NoticeSpec, options: CommonOptions, config: string, one: State): Finding {
  const { team, day, level, members, above, p, explained, outliers, detectors } = one
  const date = iso(day * DAY)
  const quieted = explained.filter((user) => !outliers.includes(user))
  const names = (users: readonly string[]) =>
    `${users.slice(0, 5).join(', ')}${users.length > 5 ? ` and ${users.length - 5} more` : ''}`
  const words = `${quieted.length ? `; that explains ${names(quieted)}` : ''}${outliers.length ? `; ${names(outliers)} beyond it` : ''}`
  return {
    id: idOf(spec, one),
    '@timestamp': iso(one.at),
    detector: spec.name,
    subject: { kind: 'team', id: team },
    incident: `inc-${sha256(team, date).slice(0, 16)}`,
    revision: one.revision,
    severity: SEVERITIES[severityOf(options.severity ?? spec.severity, 0)]!,
    score: Math.round(-Math.log10(Math.max(p, 1e-99)) * 100) / 100,
    p: Number(Math.max(p, 1e-99).toPrecision(3)),
    config,
    window: { from: date, to: iso((day + 1) * DAY) },
    summary: `${team} does ${level.toFixed(1)} times its usual on ${date.slice(0, 10)}, ${above} of ${members} members${words}`,
    evidence: {
      // Members named: it only grows, so a notice is revised.
      observed: explained.length + outliers.length,
      ...{ sessions: [], events: [], level: Number(level.toFixed(2)), members, above },
      ...{ explained: quieted, outliers, detectors, benign: spec.benign },
    },
    threat: { technique: { id: spec.technique } },
  }
}
