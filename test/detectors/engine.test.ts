import { deflateRawSync } from 'node:zlib'
import t from 'tap'
import type { EventDraft, SessionEvent } from '../../core/event.ts'
import { spanAt } from '../../detectors/engine/span.ts'
import { createZones } from '../../detectors/engine/zones.ts'
import { checkDetectors, createEngine, detectorCatalog, detectorsConfig } from '../../detectors/port.ts'
import { act, attempts, reads, requests, sessions, workdays } from '../../detectors/rules/examples.ts'
import { DETECTORS } from '../../detectors/rules/index.ts'
import { pack, unpack } from '../../detectors/runtime/packed.ts'
import { chained } from './support.ts'

const config = detectorsConfig.parse({})
const engine = () => createEngine({ config, detectors: DETECTORS })
const everything = (day: number): EventDraft[] => [
  ...reads(day, 12, { age: 1 }),
  ...attempts(day, day % 9 === 0 ? 1 : 0, { technique: 'filter-oracle' }),
  ...requests(day, day % 4 === 0 ? 1 : 0),
  ...sessions(day, 4, {}),
]
const weeks = (n: number) =>
  chained(
    [...workdays(n, everything)].sort((a, b) => (String(a['@timestamp']) < String(b['@timestamp']) ? -1 : 1)),
  )
/** As the store keeps it. */
const bytes = (value: unknown) => JSON.stringify(pack(value)).length

t.test('a restart changes nothing', async (t) => {
  const events = [...weeks(30), ...chained(reads(30, 423), 'gw-a', 100_000)]
  const whole = engine()
  const expected = events.flatMap((event) => whole.push(event))
  const first = engine()
  const half = events.findIndex((event) => event['@timestamp'] > '2026-02-04T13')
  const found = events.slice(0, half).flatMap((event) => first.push(event))
  const { users, shared } = first.snapshot()
  const second = engine()
  t.same(second.restore({ users: [...users], shared: [JSON.parse(JSON.stringify(shared))] }), [])
  // The last thousand are delivered a second time.
  found.push(...events.slice(half - 1000).flatMap((event) => second.push(event)))
  t.ok(expected.length > 0)
  const told = (findings: typeof found) =>
    findings.map(({ id, score, summary, revision }) => ({ id, score, summary, revision }))
  t.same(told(found), told(expected))
  const before = whole.snapshot()
  const after = second.snapshot()
  t.same(after.users.get('u1')?.detectors, before.users.get('u1')?.detectors)
  const saved = before.users.get('u1')
  t.ok(bytes(saved) <= 1800, `${bytes(saved)} bytes a user`)
  t.same(unpack(pack(saved)), JSON.parse(JSON.stringify(saved)))
  const older = deflateRawSync(JSON.stringify(saved)).toString('base64')
  t.same(unpack({ packed: older }), unpack(pack(saved)), 'what was packed without names is read')
  t.equal(unpack({ packed: older.slice(9), names: 1 }), undefined)
})

t.test('repeated, late, nameless and future events are counted, and alert nobody', async (t) => {
  const subject = engine()
  const events = weeks(10)
  const last = events.at(-1)!
  const now = Date.parse(last['@timestamp']) + 60e3
  subject.advance(now)
  for (const event of events) t.same(subject.push(event), [])
  for (const event of events.slice(-50)) t.same(subject.push(event), [])
  t.equal(subject.counters.repeated, 50)
  const [other] = chained(reads(1, 3), 'gw-b', 1)
  t.same(subject.push(other!), [])
  t.equal(subject.counters.late, 1)
  const [nameless] = chained(act(10, 'gateway-start', 1), 'gw-c')
  const { user: _, ...anonymous } = nameless!
  t.same(subject.push({ ...anonymous, '@timestamp': last['@timestamp'] }), [])
  t.equal(subject.counters.anonymous, 1)
  const [future] = chained(reads(400, 500), 'gw-d')
  t.same(subject.push(future!), [])
  t.equal(subject.counters.future, 1)
})

t.test('odd values do no harm', async (t) => {
  const subject = engine()
  for (const event of weeks(10)) subject.push(event)
  const odd = (
    id: string,
    warden: Partial<SessionEvent['tracewarden']>,
    user: SessionEvent['user'] = { id: 'u1' },
  ) => ({
    ...{
      '@timestamp': '2026-01-19T10:00:00.000Z',
      user,
      event: { id, action: 'trace-read' as const, outcome: 'success' as const },
    },
    tracewarden: { session: { id: 'odd' }, ...warden },
  })
  const giant = 'x'.repeat(30_000)
  const found = [
    odd('zone', { person: { timezone: 'Mars/Olympus' } }),
    odd('giant', { collection: giant, session: { id: giant }, statement: { shape: giant } }),
    odd('user', {}, { id: giant }),
    odd('age', { traces: { count: 3, age: { p50: -4 }, oldest: '1970-01-01T00:00:00Z' } }),
    odd('empty', { traces: { ids: [] }, bypass: [] }),
    odd('negative', { traces: { count: -400, distinct: -400 } }),
    odd('nothing', {}),
  ].flatMap((event) => subject.push(event))
  t.same([...found, ...subject.finish()], [])
  const { users } = subject.snapshot()
  for (const [id, saved] of users) t.ok(id.length <= 256 && bytes(saved) <= 1800, `${bytes(saved)} bytes`)
})

t.test('a baseline of another version starts anew, and says so', async (t) => {
  const subject = engine()
  const problems = subject.restore({
    users: [
      ['u1', { v: 0 }],
      ['u2', 'nonsense'],
    ],
    shared: [{ v: 0 }],
  })
  t.equal(problems.length, 3)
  for (const event of weeks(3)) subject.push(event)
  t.equal(subject.counters.repeated, 0)
})

t.test('a shadow detector scores but does not alert; a disabled one does neither', async (t) => {
  const run = (options: object) => {
    const rows: string[] = []
    const config = detectorsConfig.parse({ rules: { 'volume-spike': options } })
    const subject = createEngine({ config, detectors: DETECTORS, score: (row) => rows.push(row.detector) })
    const events = [...weeks(20), ...chained(reads(20, 400), 'gw-a', 100_000)]
    const found = [...events.flatMap((event) => subject.push(event)), ...subject.finish()]
    return {
      found: found.filter((f) => f.detector === 'volume-spike').length,
      rows: rows.filter((d) => d === 'volume-spike').length,
    }
  }
  t.ok(run({}).found > 0)
  t.equal(run({ shadow: true }).found, 0)
  t.ok(run({ shadow: true }).rows > 0)
  t.same(run({ enabled: false }), { found: 0, rows: 0 })
})

t.test('days are the user’s own, also when the clock changes', async (t) => {
  const zones = createZones()
  const hours = (scale: 'hour' | 'day' | 'week', at: string) => {
    const span = spanAt(scale, Date.parse(at), 'Europe/Berlin', zones)
    return (span.to - span.from) / 3600e3
  }
  t.equal(hours('day', '2026-03-29T12:00:00Z'), 23)
  t.equal(hours('day', '2026-10-25T12:00:00Z'), 25)
  t.equal(hours('week', '2026-10-25T12:00:00Z'), 169)
  const span = spanAt('day', Date.parse('2026-10-25T22:30:00Z'), 'Europe/Berlin', zones)
  t.equal(new Date(span.from).toISOString(), '2026-10-24T22:00:00.000Z')
  t.equal(span.weekday, 7)
  t.equal(spanAt('hour', Date.parse('2026-06-01T10:10:00Z'), 'Asia/Kolkata', zones).hour, 15)
  t.equal(zones.known('Mars/Olympus'), undefined)
})

t.test('config that names what is not there is refused with what would do', async (t) => {
  const problems = checkDetectors(
    detectorsConfig.parse({
      timezone: 'Mars',
      rules: { 'volume-spik': {}, 'abrupt-end': { wihtin: '3s', within: 'soon' } },
    }),
  )
  const paths = problems.map(({ path }) => path.join('.')).sort()
  t.same(paths, ['rules.abrupt-end.wihtin', 'rules.abrupt-end.within', 'rules.volume-spik', 'timezone'])
  t.match(problems.find(({ path }) => path.at(-1) === 'volume-spik')?.message, /volume-spike/)
  t.same(checkDetectors(config), [])
})

t.test('every detector says what it is, what to do and what it does not see', async (t) => {
  for (const entry of detectorCatalog()) {
    t.ok(entry.runbook.length > 0 && entry.blindSpots.length > 0 && entry.technique.length > 0, entry.name)
    t.ok(
      entry.examples.some((e) => e.fires) && entry.examples.some((e) => !e.fires),
      `${entry.name} has both kinds of example`,
    )
  }
})
