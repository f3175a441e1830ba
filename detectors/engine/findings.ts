import { createHash } from 'node:crypto'
import { iso } from '../../core/clock.ts'
import { type Evidence, type Finding, SEVERITIES, type Severity } from '../finding.ts'
import { periodOf } from '../tuning/calendar.ts'
import { isQuiet } from '../tuning/quiet.ts'
import type { CommonOptions, Explanation, Metadata } from './detector.ts'
import type { Report } from './host.ts'
import type { Span } from './span.ts'
import type { Subject } from './subject.ts'
import type { Matter } from './window.ts'

const sha256 = (...parts: string[]) => createHash('sha256').update(parts.join('\n')).digest('hex')

/** A severity moved by some steps, as its rank. */
export const severityOf = (severity: Severity, steps: number): number =>
  Math.min(SEVERITIES.length - 1, Math.max(0, SEVERITIES.indexOf(severity) + steps))

/** A window with its evidence. */
export interface Seen {
  span: Pick<Span, 'from' | 'to'>
  sessions: readonly string[]
  events: readonly string[]
  collections: readonly string[]
}

/** Reports a finding as the options of this user say: told, in shadow, or kept for the digest. */
export function tellAs(
  { shadow, quiet }: Pick<CommonOptions, 'shadow' | 'quiet'>,
  finding: Finding,
  at: number,
  { zone }: Pick<Subject, 'zone'>,
  report: Pick<Report, 'finding' | 'shadow'>,
): void {
  if (shadow)
    report.shadow?.({
      ...finding,
      notice: { to: 'shadow', by: 'shadow', because: 'the detector is in shadow' },
    })
  else if (!finding.certain && isQuiet(quiet, at, zone))
    report.finding({
      ...finding,
      notice: { to: 'digest', by: 'quiet-hours', because: 'found in its quiet hours' },
    })
  else report.finding(finding)
}

interface Parts {
  detector: Pick<Metadata, 'name' | 'technique'>
  subject: Pick<Subject, 'id' | 'group'>
  open: Seen
  matter: Matter
  explanation: Explanation
  p: number
  config: string
  certain: boolean
}

export function buildFinding(parts: Parts): Finding {
  const { detector, subject, open, matter, explanation, p, config, certain } = parts
  const { span } = open
  const team = subject.group.split(':')[1]
  const scale = matter.facet ? `${matter.scale}/${matter.facet}` : matter.scale
  return {
    id: sha256(detector.name, 'person', subject.id, iso(matter.start), scale),
    '@timestamp': iso(matter.at),
    detector: detector.name,
    user: { id: subject.id, ...(team && { team }) },
    subject: { kind: 'person', id: subject.id },
    // One person's findings of one UTC day are one matter for whoever handles it.
    incident: `inc-${sha256(subject.id, iso(matter.at).slice(0, 10)).slice(0, 16)}`,
    revision: matter.revision,
    severity: SEVERITIES[matter.severity]!,
    ...(certain && { certain }),
    ...(matter.burst !== undefined && { burst: matter.burst }),
    score: Math.round(-Math.log10(Math.max(p, 1e-99)) * 100) / 100,
    p: Number(Math.max(p, 1e-99).toPrecision(3)),
    config,
    window: { from: iso(span.from), to: iso(span.to) },
    summary: explanation.summary,
    evidence: evidenceOf(explanation, open),
    threat: { technique: { id: detector.technique } },
  }
}

/** What the config knows of the day, as evidence. */
export function markedWith(
  { marks }: Pick<Span, 'marks'>,
  detector: string,
): Readonly<Record<string, unknown>> {
  const period = periodOf(marks, detector)
  return {
    ...(marks?.holiday !== undefined && { holiday: marks.holiday }),
    ...(period && { period: `${period.name}: ${period.factor} times the usual is expected` }),
  }
}

const tenth = (value: number) => Math.round(value * 10) / 10

function evidenceOf(told: Explanation, open: Seen): Evidence {
  return {
    observed: told.observed,
    ...(told.expected !== undefined && { expected: tenth(told.expected) }),
    ...(told.low !== undefined && { low: told.low }),
    ...(told.high !== undefined && { high: told.high }),
    ...(told.baseline?.n && {
      baseline: { from: iso(told.baseline.from), to: iso(told.baseline.to), n: told.baseline.n },
    }),
    ...(told.peers !== undefined && { peers: { expected: tenth(told.peers) } }),
    sessions: [...open.sessions],
    events: [...open.events],
    collections: [...open.collections],
    ...told.extra,
  }
}
