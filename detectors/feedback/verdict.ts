import { createHash } from 'node:crypto'
import { z } from 'zod'
import { canonical } from '../../core/canonical.ts'
import { type Finding, SEVERITIES } from '../finding.ts'

/**
 * What people said of an alert, as far as it teaches the detector:
 *
 *   false-positive, benign   for this subject and detector, what is no graver and not much rarer is known until `until`:
 *                            it goes to the digest, adds no risk, and is learned instead of quarantined
 *   true-positive            ends such a verdict, and frees the place that the alert took in the week's budget
 *
 * What states a fact (`certain`) is never known by verdict.
 */
export const verdict = z.object({
  id: z.string(),
  detector: z.string(),
  subject: z.object({ kind: z.enum(['person', 'team', 'credential', 'collection']), id: z.string() }),
  verdict: z.enum(['true-positive', 'false-positive', 'benign']),
  /** The alert that was closed with it. */
  alert: z.string(),
  severity: z.enum(SEVERITIES),
  p: z.number(),
  /** `user.id` of its owner, and of the second person where one was needed. */
  by: z.string(),
  confirmed: z.string().optional(),
  reason: z.string(),
  created: z.string(),
  until: z.string(),
})
export type Verdict = z.infer<typeof verdict>

/** Rarer than what was judged by this factor is another matter. */
const MUCH = 10

/** One a detector and subject: the last word counts. */
export const verdictId = ({ detector, subject }: Pick<Verdict, 'detector' | 'subject'>): string =>
  createHash('sha256')
    .update(canonical({ detector, subject: { kind: subject.kind, id: subject.id } }))
    .digest('hex')

/** Whether a finding is already known to be harmless at `now` (ms). */
export const knows = (said: Verdict, finding: Finding, now: number): boolean =>
  said.verdict !== 'true-positive' &&
  !finding.certain &&
  said.detector === finding.detector &&
  said.subject.kind === finding.subject.kind &&
  said.subject.id === finding.subject.id &&
  SEVERITIES.indexOf(finding.severity) <= SEVERITIES.indexOf(said.severity) &&
  finding.p >= said.p / MUCH &&
  now < Date.parse(said.until)
