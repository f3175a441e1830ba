import type { Store } from '../../collector/port.ts'
import { iso } from '../../core/clock.ts'
import type { SessionEvent } from '../../core/event.ts'
import type { Logger } from '../../core/log.ts'
import type { Finding } from '../finding.ts'

/**
 * What a finding is told with besides its detector's own numbers, read from the store when it is written:
 *
 *   before  the hour before, in counts: no names, for it goes to Slack
 *   after   the hour after, as far as it has come: from the second revision on, and once it is over (see aftermath.ts)
 *   mostly  which collections, sessions and statements make up most of it
 */
export const HOUR = 3_600_000
const MOST = 500
const SHARES = 3

/**
 * The finding with its context; without it where the store does not answer, for a finding is never held up.
 * @param over the hour after it is over, and what came in it is in the store
 */
export async function inContext(
  store: Pick<Store, 'search'>,
  finding: Finding,
  log: Logger,
  over = false,
): Promise<Finding> {
  const user = finding.user?.id
  if (user === undefined) return finding
  const at = Date.parse(finding['@timestamp'])
  try {
    const [before, then, own] = await Promise.all([
      store.search({ user, from: iso(at - HOUR), to: iso(at + 1), limit: MOST }),
      finding.revision > 1 || over ? after(store, user, at) : undefined,
      finding.evidence.events.length
        ? store.search({ ids: [...finding.evidence.events], limit: finding.evidence.events.length })
        : { events: [] },
    ])
    const evidence = {
      ...mostly(own.events),
      before: `${inCounts(before)} in the hour before`,
      ...(then !== undefined && { after: then }),
      ...finding.evidence,
    }
    return { ...finding, evidence }
  } catch (error) {
    log.warn({ err: error, finding: finding.id }, 'a finding is told without what came before it')
    return finding
  }
}

/** What this user did in the hour after `at`, in counts. */
export async function after(store: Pick<Store, 'search'>, user: string, at: number): Promise<string> {
  const found = await store.search({ user, from: iso(at + 1), to: iso(at + HOUR), limit: MOST })
  return `${inCounts(found)} in the hour after`
}

const READS: ReadonlySet<string> = new Set(['trace-read', 'trace-search', 'trace-export', 'canary-read'])
const plural = (n: number, noun: string) => `${n} ${noun}${n === 1 ? '' : 's'}`

/** `14 reads of 31 traces, 2 refusals, 1 request for approval, in 2 sessions`. */
function inCounts({ events, total }: { events: readonly SessionEvent[]; total: number }): string {
  let [reads, traces, refused, asked, other] = [0, 0, 0, 0, 0]
  const sessions = new Set<string>()
  for (const { event, tracewarden } of events) {
    sessions.add(tracewarden.session.id)
    if (event.action === 'approval-request') asked++
    else if (!READS.has(event.action)) other++
    else if (event.outcome === 'failure') refused++
    else {
      reads++
      traces += tracewarden.traces?.distinct ?? tracewarden.traces?.count ?? 0
    }
  }
  const parts = [
    reads ? `${plural(reads, 'read')} of ${plural(traces, 'trace')}` : '',
    refused ? plural(refused, 'refusal') : '',
    asked ? `${plural(asked, 'request')} for approval` : '',
    other ? plural(other, 'other event') : '',
  ].filter(Boolean)
  if (parts.length === 0) return 'nothing'
  const least = total > events.length ? 'at least ' : ''
  return `${least}${parts.join(', ')}, in ${plural(sessions.size, 'session')}`
}

function mostly(events: readonly SessionEvent[]): { mostly?: string[] } {
  if (events.length < 2) return {}
  const weigh = ({ tracewarden: { traces } }: SessionEvent) => traces?.distinct ?? traces?.count ?? 0
  const total = events.reduce((sum, event) => sum + weigh(event), 0)
  const share = (of: (event: SessionEvent) => string | undefined, noun: string) => {
    const sums = new Map<string, number>()
    for (const event of events) {
      const name = of(event)
      if (name !== undefined) sums.set(name, (sums.get(name) ?? 0) + (total ? weigh(event) : 1))
    }
    const [top] = [...sums].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    const part = top ? top[1] / (total || events.length) : 0
    return top && part >= 0.2
      ? [{ part, words: `${Math.round(part * 100)} % ${noun} ${top[0].slice(0, 120)}` }]
      : []
  }
  const found = [
    ...share((event) => event.tracewarden.collection, 'of it in'),
    ...share((event) => event.tracewarden.statement?.shape, 'by'),
    ...share((event) => event.tracewarden.session.id, 'in session'),
  ]
  const most = found.toSorted((a, b) => b.part - a.part).slice(0, SHARES)
  return most.length ? { mostly: most.map(({ words }) => words) } : {}
}
