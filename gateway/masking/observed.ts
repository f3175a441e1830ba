import type { Observed } from './masker.ts'

export const nothingObserved = (): Observed => ({
  traceIds: new Set(),
  unknownTimes: 0,
  records: 0,
  masked: new Set(),
  displayed: new Set(),
  sensitive: new Set(),
  highRisk: new Set(),
  withheld: [],
  content: false,
})

/** Adds what one part showed to what was shown before. */
export function merge(into: Observed, from: Observed): void {
  for (const name of ['traceIds', 'masked', 'displayed', 'sensitive', 'highRisk'] as const)
    for (const value of from[name]) into[name].add(value)
  if (from.oldest !== undefined) into.oldest = Math.min(into.oldest ?? from.oldest, from.oldest)
  if (from.newest !== undefined) into.newest = Math.max(into.newest ?? from.newest, from.newest)
  into.unknownTimes += from.unknownTimes
  into.records += from.records
  into.withheld.push(...from.withheld)
  into.content ||= from.content
}
