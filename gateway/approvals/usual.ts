import { max, median } from 'simple-statistics'
import type { Store } from '../../collector/port.ts'
import { type Clock, iso } from '../../core/clock.ts'

const DAY = 86_400_000
const READS = ['trace-read', 'trace-search', 'trace-export'] as const

/**
 * What a reviewer weighs a request against: this user's own days and how often they asked, in words with numbers.
 * Undefined where nothing is known yet.
 */
export function usualOf(
  store: Pick<Store, 'aggregate'>,
  clock: Clock,
): (user: string) => Promise<string | undefined> {
  return async (user) => {
    const now = clock.now()
    const [days, asked] = await Promise.all([
      store.aggregate({
        user,
        from: iso(now - 30 * DAY),
        actions: READS,
        outcome: 'success',
        groupBy: ['day'],
        limit: 31,
      }),
      store.aggregate({
        user,
        from: iso(now - 7 * DAY),
        actions: ['approval-request'],
        groupBy: ['action'],
        limit: 1,
      }),
    ])
    const traces = days.map((day) => day.traces).filter((count) => count > 0)
    const times = asked[0]?.events ?? 0
    if (traces.length === 0 && times === 0) return undefined
    const reads = traces.length
      ? `reads ${Math.round(median(traces))} traces on a usual day (at most ${max(traces)}, ${traces.length} days known)`
      : 'has read nothing in the last 30 days'
    return `${reads}; asked ${times} ${times === 1 ? 'time' : 'times'} before in the last 7 days`
  }
}
