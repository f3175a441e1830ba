import { createEngine, detectorsConfig, shippedDetectors } from '../../detectors/port.ts'

/**
 * A company of so many users, each with one session of a few reads in a working day; then the day ends. A process of
 * its own, so that its memory is nobody else's. Tells its parent what it took.
 */
export interface Took {
  events: number
  /** µs for each event, the end of the day with them. */
  each: number
  /** Bytes resident at the most. */
  peak: number
}

const EVENTS = 4
const DAY = Date.UTC(2026, 0, 5, 8)
const HOURS = 8 * 3600e3

const users = Number(process.argv[2])
const engine = createEngine({ config: detectorsConfig.parse({}), detectors: shippedDetectors })
const before = process.cpuUsage()
for (let user = 0; user < users; user++)
  for (let i = 0; i < EVENTS; i++) {
    const at = DAY + Math.floor((user / users) * HOURS) + i * 20e3
    engine.push(
      {
        '@timestamp': new Date(at).toISOString(),
        event: { id: `${user}-${i}`, action: 'trace-read', outcome: 'success' },
        user: { id: `u${user}`, group: { name: `team-${Math.floor(user / 100)}` }, roles: ['engineer'] },
        tracewarden: {
          person: { kind: 'human', timezone: 'Europe/Berlin' },
          session: { id: `s${user}` },
          collection: `collection-${user % 40}`,
          statement: { shape: `GET /v1/traces/? ${(user + i) % 60}` },
          traces: { count: 1 + ((user + i) % 5), age: { p50: 1 + (user % 7) } },
          fields: { displayed: ['name', 'input'] },
        },
      },
      at,
    )
  }
engine.advance(DAY + 2 * 86400e3)
const { user, system } = process.cpuUsage(before)
const took: Took = {
  events: users * EVENTS,
  each: (user + system) / (users * EVENTS),
  peak: process.resourceUsage().maxRSS * 1024,
}
process.send?.(took)
process.disconnect?.()
