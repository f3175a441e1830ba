import t from 'tap'
import { absorb } from '../../alerts/lifecycle/machine.ts'
import type { EventDraft } from '../../core/event.ts'
import { type BurstLimits, burstOf, packExcess, unpackExcess } from '../../detectors/engine/burst.ts'
import { revise } from '../../detectors/engine/revise.ts'
import { createEngine, detectorsConfig, type Engine, type Finding } from '../../detectors/port.ts'
import { addFinding, emptyBook } from '../../detectors/risk/risk.ts'
import { colleagues, workdays } from '../../detectors/rules/examples.ts'
import { DETECTORS } from '../../detectors/rules/index.ts'
import { chained } from './support.ts'

const USUAL = (day: number, member: number) => 10 + ((day * 7 + member * 5) % 9)
/** Five weeks of a team, then a day of which each reads `times` as much. */
const weeks = (members: number, times: (member: number) => number): EventDraft[] => [
  ...workdays(25, (day) => colleagues(day, members, (member) => USUAL(day, member))),
  ...colleagues(25, members, (member) => Math.round(times(member) * USUAL(25, member))),
]
const engine = (rules: object = {}) =>
  createEngine({ config: detectorsConfig.parse({ rules }), detectors: DETECTORS })

const POINTS = { low: 5, medium: 15, high: 30, critical: 60 }
const AT = '2026-02-10T00:00:00.000Z'
/** The outage's morning. */
const OUTAGE = Date.UTC(2026, 1, 9, 9)

/** The last revision of each finding, as the store would have it. */
function stored(findings: Iterable<Finding>): Finding[] {
  const all = new Map<string, Finding>()
  for (const finding of findings) {
    const known = all.get(finding.id)
    all.set(finding.id, (known && revise(known, finding)) ?? known ?? { ...finding, revision: 1 })
  }
  return [...all.values()]
}
function* run(subject: Engine, events: Iterable<Parameters<Engine['push']>[0]>): Iterable<Finding> {
  for (const event of events) yield* subject.push(event)
  yield* subject.finish()
}
const judged = (members: number, times: (member: number) => number, rules?: object) =>
  stored(run(engine(rules), chained(weeks(members, times))))
const people = (all: readonly Finding[]) =>
  [...new Set(all.filter(({ severity }) => severity !== 'low').flatMap(({ user }) => user?.id ?? []))].sort()
const notices = (all: readonly Finding[]) => all.filter(({ subject }) => subject.kind === 'team')

t.test('an outage that makes a whole team busy is one notice, and nobody’s alert', async (t) => {
  const all = judged(10, () => 6)
  t.same(people(all), [])
  const [notice, ...others] = notices(all)
  t.same(others, [])
  t.match(notice, { detector: 'team-burst', severity: 'low', subject: { kind: 'team', id: 'search' } })
  t.equal(notice?.user, undefined)
  t.equal(notice?.evidence.members, 9)
  t.ok(Number(notice?.evidence.level) > 4)
  const book = emptyBook()
  for (const one of all) addFinding(book, one, { half_life: 1e9, points: POINTS }, 1, Date.now())
  t.same(Object.keys(book.users), [], 'no risk for members')
})

t.test('an insider who acts in an outage stays named, with the burst in the evidence', async (t) => {
  const all = judged(10, (member) => (member === 4 ? 70 : 6))
  t.same(people(all), ['u5'])
  const spike = all.find(({ detector }) => detector === 'volume-spike')
  t.match(spike?.evidence.burst, /times the usual in the whole team: 9 of 9/)
  t.same(notices(all)[0]?.evidence.outliers, ['u5'])
})

t.test('it is no cover for one of four, for two of four, or for three of ten', async (t) => {
  t.same(people(judged(4, (member) => (member === 0 ? 30 : 1))), ['u1'])
  t.same(people(judged(4, (member) => (member < 2 ? 30 : 1))), ['u1', 'u2'])
  const three = judged(10, (member) => (member < 3 ? 30 : 1))
  t.same(people(three), ['u1', 'u2', 'u3'])
  t.same(notices(three), [])
})

t.test('who alerts before the outage shows is revised, not left standing', async (t) => {
  const day = weeks(10, () => 6)
  // The first of them does the whole day's work in its first hour.
  const early = day.map((event) => {
    if (event.user?.id !== 'u1') return event
    const at = Date.parse(String(event['@timestamp']))
    if (at < OUTAGE) return event
    return { ...event, '@timestamp': new Date(OUTAGE + (at - OUTAGE) / 12).toISOString() }
  })
  const events = chained(early.sort((a, b) => (String(a['@timestamp']) < String(b['@timestamp']) ? -1 : 1)))
  const told = [...run(engine({ 'volume-spike': { windows: ['day'] } }), events)]
  const spikes = told.filter(({ detector, user }) => detector === 'volume-spike' && user?.id === 'u1')
  t.ok(spikes[0] && spikes[0].severity !== 'low', 'at once')
  const last = stored(told).find(({ id }) => id === spikes[0]?.id)
  const notice = notices(stored(told))[0]
  t.match(last, { severity: 'low', burst: notice?.id, '@timestamp': spikes[0]?.['@timestamp'] })
  const [first, second] = [absorb(undefined, spikes[0]!, undefined, AT), last!]
  t.match(absorb(first, second, undefined, AT), { severity: 'low', status: 'open' })
  const again = revise(last!, spikes[0]!)
  t.equal(again, undefined, 'what is read again does not raise it again')
  const book = emptyBook()
  const add = (finding: Finding, now: number) =>
    addFinding(book, finding, { half_life: 1e9, points: POINTS }, 1, now)
  add(spikes[0]!, 1)
  add(last!, 2)
  t.equal(book.users.u1?.[0]?.cleared?.reason, 'the whole team was busy')
})

t.test('a restart in the middle of the outage changes nothing', async (t) => {
  const events = chained(weeks(10, (member) => (member === 4 ? 70 : 6)))
  const told = (all: Iterable<Finding>) =>
    stored(all).map(({ id, severity, burst, evidence }) => [id, severity, burst, evidence.outliers])
  const expected = told(run(engine(), events))
  const first = engine()
  const half = events.findIndex((event) => Date.parse(event['@timestamp']) > OUTAGE + 4 * 3600e3)
  const found = events.slice(0, half).flatMap((event) => first.push(event))
  const { users, shared } = first.snapshot()
  const second = engine()
  t.same(second.restore({ users: [...users], shared: [JSON.parse(JSON.stringify(shared))] }), [])
  // Some are delivered a second time.
  found.push(...run(second, events.slice(half - 500)))
  t.same(told(found), expected)
  t.ok(notices(found).length > 0)
})

t.test(
  'in shadow it is on record only, and members alert as ever; switched off there is nothing',
  async (t) => {
    const shadow: Finding[] = []
    const config = detectorsConfig.parse({ rules: { 'team-burst': { shadow: true } } })
    const subject = createEngine({ config, detectors: DETECTORS, shadow: (finding) => shadow.push(finding) })
    const all = stored(run(subject, chained(weeks(10, () => 6))))
    t.ok(people(all).length >= 5)
    t.equal(notices(stored(shadow)).length, 1)
    t.ok(people(judged(10, () => 6, { 'team-burst': { enabled: false } })).length >= 5)
  },
)

t.test('a burst needs members, a level, and more than chance', async (t) => {
  const limits: BurstLimits = { members: 4, level: 1.3 }
  const others = (...over: number[]) => over.map((one) => ({ over: one, spread: 0.5 }))
  t.equal(burstOf(others(2, 2), 2, limits), undefined, 'too few')
  t.equal(burstOf(others(2, 2, 2, 0, 0, 0), 6, limits), undefined, 'the middle is as ever')
  t.equal(burstOf(others(0.3, 0.3, 0.3), 3, limits), undefined, 'chance')
  t.equal(burstOf(others(2, 2, 2), 30, limits), undefined, 'who comes first is no measure')
  t.match(burstOf(others(0.7, 0.9, 1.1), 3, limits), { members: 3, above: 3 })
  for (const excess of [
    { over: 0.3, spread: 0.7 },
    { over: -4.2, spread: 1.9 },
  ])
    t.same(unpackExcess(packExcess(20_775, excess), 20_775), excess)
  t.equal(unpackExcess(packExcess(20_775, { over: 1, spread: 1 }), 20_776), undefined)
})
