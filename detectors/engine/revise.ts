import { type Evidence, type Finding, SEVERITIES } from '../finding.ts'

const KEPT = 50

const rank = (finding: Finding) => SEVERITIES.indexOf(finding.severity)

/** The next revision, or undefined where nothing grew. When the evidence first sufficed stays. */
export function revise(stored: Finding, found: Finding): Finding | undefined {
  const grew = found.evidence.observed > stored.evidence.observed || rank(found) > rank(stored)
  if (!grew) return undefined
  const graver = rank(found) >= rank(stored) ? found : stored
  return {
    ...found,
    '@timestamp': stored['@timestamp'],
    incident: stored.incident,
    revision: stored.revision + 1,
    severity: graver.severity,
    score: Math.max(stored.score, found.score),
    p: Math.min(stored.p, found.p),
    evidence: {
      ...found.evidence,
      sessions: union(stored.evidence, found.evidence, 'sessions'),
      events: union(stored.evidence, found.evidence, 'events'),
    },
  }
}

const union = (stored: Evidence, found: Evidence, what: 'sessions' | 'events') =>
  [...new Set([...stored[what], ...found[what]])].slice(-KEPT)
