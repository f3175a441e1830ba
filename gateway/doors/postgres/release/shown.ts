import { nameless, type Shown } from '../../inquiry/shown.ts'
import type { Statement } from '../session/statement.ts'

/** What a statement shows up to here; `bytes` is what would be released of it so far. */
export function shownOf(x: Statement, bytes: number): Shown {
  const { tally, seen, snapshot } = x
  const { scrub } = snapshot
  const ids = tally.ids.size ? Array.from(tally.ids, (id) => nameless(id, scrub)) : []
  return {
    count: weightOf(x, bytes),
    ids,
    oldest: tally.untimed > 0 ? 0 : tally.oldest,
    newest: tally.newest,
    masked: [...seen.masked],
    displayed: [...seen.displayed],
    sensitive: [...seen.sensitive],
    highRisk: [...seen.highRisk],
  }
}

/** Distinct traces, and rows that name none; one that holds thousands, by rows or bytes, counts as that many. */
function weightOf({ tally, snapshot }: Statement, bytes: number): number {
  if (tally.content === 0) return 0
  const { trace_records, trace_bytes } = snapshot.config.policy.limits
  return Math.max(
    1,
    tally.ids.size + tally.nameless,
    Math.ceil(tally.content / trace_records),
    bytes > trace_bytes ? Math.ceil(bytes / trace_bytes) : 0,
  )
}
