import { join } from 'node:path'
import { importEvents } from '../../collector/port.ts'
import { iso } from '../../core/clock.ts'
import type { SessionEvent } from '../../core/event.ts'
import { generateHistory } from '../../fixtures/port.ts'
import type { Foundation } from '../foundation.ts'

const WEEKS = 6
const DAY = 86_400_000
const WEEK = 7 * DAY
/**
 * The weeks are drawn as of the one after this Monday, and told as those before now: a month's end or a change of the
 * clocks makes others of them, before which the insider stands out more, or less. So the story ends alike on any day.
 */
const DRAWN = Date.UTC(2026, 10, 16)

/** Six weeks of ordinary work, up to yesterday, so that baselines are warm; only into a store that is empty. */
export async function warmHistory({
  config,
  store,
  master,
  clock,
  random,
  data,
}: Foundation): Promise<number> {
  const { events: there } = await store.search({ actions: ['trace-read', 'trace-search'], limit: 1 })
  if (there.length > 0) return 0
  const people = config.identity.users.map(({ id, name, email, roles, team, timezone, kind }) => ({
    id,
    name,
    email,
    roles,
    team,
    timezone,
    kind,
  }))
  const end = clock.now() - DAY
  const later = Math.floor((end - DRAWN) / WEEK) * WEEK
  const history = generateHistory({
    seed: 20,
    users: people.length,
    people,
    days: WEEKS * 7,
    end: end - later,
    connections: config.connections.map((connection) => connection.name),
    collections: ['support-assistant', 'code-agent', 'claims-triage'],
    teams: [...new Set(people.flatMap((person) => person.team ?? []))],
  })
  const done = await importEvents(lines(history, later), {
    store,
    master,
    clock,
    random,
    rejects: join(data, 'import-rejects.ndjson'),
  })
  return done.created
}

async function* lines(events: Iterable<SessionEvent>, later: number) {
  for (const event of events) yield { event: moved(event, later) }
}

const TIME = /"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)"/g

/** The same event, so many ms later, with every time in it. */
const moved = (event: SessionEvent, ms: number): SessionEvent =>
  JSON.parse(JSON.stringify(event).replace(TIME, (_, time: string) => `"${iso(Date.parse(time) + ms)}"`))
