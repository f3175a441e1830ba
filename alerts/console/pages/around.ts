import type { Store } from '../../../collector/port.ts'
import { iso } from '../../../core/clock.ts'
import type { SessionEvent } from '../../../core/event.ts'
import type { Alert } from '../../lifecycle/alert.ts'
import { html, type Markup } from '../html.ts'
import { eventsTable } from './events.ts'

/** What the user did before the evidence sufficed, and after. */
export interface Around {
  before: readonly SessionEvent[]
  after: readonly SessionEvent[]
}

const BEFORE = 6 * 3_600_000
const AFTER = 24 * 3_600_000
const ROWS = 15
/** Of a search, whose answer begins with the newest. */
const LOOKED = 500

/** The last rows of the hours before, and the first of the day after; without what is evidence already. */
export async function readAround(store: Pick<Store, 'search'>, alert: Alert): Promise<Around> {
  const user = alert.user?.id
  if (user === undefined) return { before: [], after: [] }
  const at = Date.parse(alert['@timestamp'])
  const evidence = new Set(alert.evidence.events)
  const between = async (from: number, to: number) => {
    const { events } = await store.search({ user, from: iso(from), to: iso(to), limit: LOOKED })
    return events.filter(({ event }) => !evidence.has(event.id))
  }
  const [before, after] = await Promise.all([between(at - BEFORE, at), between(at, at + AFTER)])
  return { before: before.slice(0, ROWS), after: after.toReversed().slice(0, ROWS) }
}

export const aroundSection = ({ before, after }: Around): Markup => html`
<h2>Before</h2>
${before.length ? html`<p class="quiet">The last of six hours, the newest first, without the evidence.</p>${eventsTable(before)}` : html`<p class="quiet">Nothing else in the six hours before.</p>`}
<h2>After</h2>
${after.length ? html`<p class="quiet">The first of the day that followed, without the evidence.</p>${eventsTable(after)}` : html`<p class="quiet">Nothing else yet in the day after.</p>`}`
