import { hash } from 'node:crypto'
import type { Observed } from '../../masking/masker.ts'
import type { ResponseFacts } from '../../policy/facts.ts'
import type { Inquiry } from './inquiry.ts'

/** What a release shows: the part of an event that comes from the scan. */
export interface Shown {
  /** Distinct traces whose content is shown; a huge one counts as many. */
  count: number
  ids: readonly string[]
  oldest: number | undefined
  newest: number | undefined
  masked: readonly string[]
  displayed: readonly string[]
  sensitive: readonly string[]
  highRisk: readonly string[]
}

const PLAIN_ID = /^(?:tr-)?[0-9a-f-]{1,36}$/

/** An id that holds a secret goes by its digest: events and reviewers see ids. */
export const nameless = (id: string, scrub: (text: string) => string): string =>
  PLAIN_ID.test(id) || scrub(id) === id ? id : `sha256:${hash('sha256', id, 'hex').slice(0, 32)}`

/** `bytes` is what would be released of it so far. */
export function shownOf(x: Inquiry, observed: Observed, bytes: number): Shown {
  const { scrub } = x.snapshot
  const ids = observed.traceIds.size
    ? Array.from(observed.traceIds, (id) => nameless(id, scrub))
    : (x.facts?.traceIds ?? [])
  return {
    count: observed.content ? weightOf(x, observed, ids.length, bytes) : 0,
    ids,
    // A time that is missing, or that the trace's writer made, counts as oldest.
    oldest: observed.unknownTimes > 0 ? 0 : observed.oldest,
    newest: observed.newest,
    masked: listOf(observed.masked),
    displayed: listOf(observed.displayed),
    sensitive: listOf(observed.sensitive),
    highRisk: listOf(observed.highRisk),
  }
}

const NONE: readonly string[] = Object.freeze([])
const listOf = (names: ReadonlySet<string>): readonly string[] => (names.size === 0 ? NONE : [...names])

/** One trace that holds thousands, by records or bytes, counts as that many. */
function weightOf(x: Inquiry, observed: Observed, ids: number, bytes: number): number {
  const { trace_records, trace_bytes } = x.snapshot.config.policy.limits
  const action = x.facts?.action
  // What a write answers is its own echo, unless it names traces.
  const least = action === 'read' || action === 'search' || action === 'export' ? 1 : 0
  return Math.max(
    least,
    ids,
    Math.ceil(observed.records / trace_records),
    bytes > trace_bytes ? Math.ceil(bytes / trace_bytes) : 0,
  )
}

export const responseFacts = (shown: Shown, bytes: number, content?: string): ResponseFacts => ({
  traces: shown.count,
  traceIds: shown.ids,
  oldest: shown.oldest,
  newest: shown.newest,
  masked: shown.masked,
  displayed: shown.displayed,
  sensitive: shown.sensitive,
  highRisk: shown.highRisk,
  bytes,
  content,
})

/** Sums over a request's events must be right, so each says only what is new since the one before. */
export function incrementOf(shown: Shown, before: Shown | undefined): Shown {
  if (!before) return shown
  const known = new Set(before.ids)
  return {
    ...shown,
    count: Math.max(0, shown.count - before.count),
    ids: shown.ids.filter((id) => !known.has(id)),
  }
}
