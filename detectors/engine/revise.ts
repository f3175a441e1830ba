import { type Evidence, type Finding, SEVERITIES } from '../finding.ts'

const KEPT = 50

const rank = (finding: Finding) => SEVERITIES.indexOf(finding.severity)

/**
 * The next revision, or undefined where nothing grew. When the evidence first sufficed stays. Severity falls only where
 * it turns out that the whole team was busy; it rises again only with more evidence, not by being read again.
 */
export function revise(stored: Finding, found: Finding): Finding | undefined {
  const explained = found.burst !== undefined && stored.burst === undefined
  const more = found.evidence.observed > stored.evidence.observed
  const graver = rank(found) > rank(stored) && !stored.burst
  if (!more && !graver && !explained) return undefined
  return {
    ...found,
    '@timestamp': stored['@timestamp'],
    incident: stored.incident,
    revision: stored.revision + 1,
    severity: explained || rank(found) > rank(stored) ? found.severity : stored.severity,
    score: explained ? found.score : Math.max(stored.score, found.score),
    p: explained ? found.p : Math.min(stored.p, found.p),
    evidence: {
      ...found.evidence,
      sessions: union(stored.evidence, found.evidence, 'sessions'),
      events: union(stored.evidence, found.evidence, 'events'),
    },
  }
}

const union = (stored: Evidence, found: Evidence, what: 'sessions' | 'events') =>
  [...new Set([...stored[what], ...found[what]])].slice(-KEPT)
