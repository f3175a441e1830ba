import type { Detector } from '../engine/detector.ts'
import { defineCertain } from '../rules/certain.ts'
import type { SigmaRule } from './rule.ts'

/** A rule as a detector: certain, outside the budget, one finding a user and day. */
export function sigmaDetector(rule: SigmaRule): Detector {
  const { name, title, technique, severity, matches, description, references, falsePositives, id } = rule
  return defineCertain({
    ...{ name, title, technique, severity },
    runbook: [
      description ?? 'Look at the events: the rule says no more',
      ...references.map((url) => `See ${url}`),
    ],
    blindSpots: ['Whatever the rule does not name, and events without a user'],
    examples: [],
    matches: ({ event }) => matches(event),
    noun: 'event',
    heading: title,
    grave: Number.POSITIVE_INFINITY,
    ...(falsePositives.length > 0 && { benign: falsePositives.join('; ').slice(0, 1000) }),
    extra: { rule: id === undefined ? title : `${title} (${id})` },
  })
}
