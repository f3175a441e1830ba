/** What a detector found: the alert of CONTRACT.md §2 before anybody has dealt with it. */
export type Severity = 'low' | 'medium' | 'high' | 'critical'
export const SEVERITIES: readonly Severity[] = ['low', 'medium', 'high', 'critical']

export interface Finding {
  /** sha256 of detector, subject, window start and scale: the same matter keeps its id, its evidence is revisioned. */
  id: string
  /** When the evidence sufficed, in event time. */
  '@timestamp': string
  detector: string
  /** `team`: as the events say. */
  user?: { id: string; team?: string }
  subject: { kind: 'person' | 'team' | 'credential' | 'collection'; id: string }
  incident: string
  revision: number
  severity: Severity
  /** States a fact, not a likelihood: no budget and no verdict keeps it quiet. */
  certain?: boolean
  notice?: Notice
  /** Id of the notice that explains it: the whole team was busy. It was told before that showed, and is now less severe. */
  burst?: string
  score: number
  p: number
  /** `sha256:` of the detector's options. */
  config: string
  window: { from: string; to: string }
  summary: string
  evidence: Evidence
  threat: { technique: { id: readonly string[] } }
}

/** Why the routes are not told: it waits for the digest, or is on record only (`shadow`). Absent: it alerts. */
export interface Notice {
  to: 'digest' | 'shadow'
  by: 'shadow' | 'quiet-hours' | 'verdict' | 'budget'
  /** In words: `the week’s budget of 6 is used up`. */
  because: string
}

export interface Evidence {
  observed: number
  expected?: number
  low?: number
  high?: number
  baseline?: { from: string; to: string; n: number }
  peers?: { expected: number }
  /** Ids, capped at 50, newest kept. */
  sessions: readonly string[]
  events: readonly string[]
  /** Detector's own numbers and words, flat and small. */
  [extra: string]: unknown
}
