import { join } from 'node:path'
import { importEvents } from '../../collector/port.ts'
import type { SessionEvent } from '../../core/event.ts'
import { generateHistory } from '../../fixtures/port.ts'
import type { Foundation } from '../foundation.ts'

const WEEKS = 6
const DAY = 86_400_000

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
  const history = generateHistory({
    seed: 20,
    users: people.length,
    people,
    days: WEEKS * 7,
    end: clock.now() - DAY,
    connections: config.connections.map((connection) => connection.name),
    collections: ['support-assistant', 'code-agent', 'claims-triage'],
    teams: [...new Set(people.flatMap((person) => person.team ?? []))],
  })
  const done = await importEvents(lines(history), {
    store,
    master,
    clock,
    random,
    rejects: join(data, 'import-rejects.ndjson'),
  })
  return done.created
}

async function* lines(events: Iterable<SessionEvent>) {
  for (const event of events) yield { event }
}
