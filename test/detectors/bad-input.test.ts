import t from 'tap'
import type { EventDraft, SessionEvent } from '../../core/event.ts'
import { createEngine, detectorsConfig, type Engine, type Finding } from '../../detectors/port.ts'
import { at as hours, reads, workdays } from '../../detectors/rules/examples.ts'
import { DETECTORS } from '../../detectors/rules/index.ts'
import { chained } from './support.ts'

/** What comes in wrong is used as far as it can be, and is never an alert by itself. */
const HOUR = 3600e3
const usual = (days: number) => chained(workdays(days, (day) => reads(day, 12 + ((day * 7) % 9), { age: 1 })))
const spike = chained(reads(25, 400, { age: 1 }), 'gw-a', 50_000)
const engine = (config: object = {}) =>
  createEngine({ config: detectorsConfig.parse(config), detectors: DETECTORS })

function judged(subject: Engine, events: Iterable<SessionEvent>): Finding[] {
  const found = new Map<string, Finding>()
  for (const event of events) for (const one of subject.push(event)) found.set(one.id, one)
  for (const one of subject.finish()) found.set(one.id, one)
  return [...found.values()]
}
const at = (event: SessionEvent) => Date.parse(event['@timestamp'])
const moved = (event: SessionEvent, ms: number): SessionEvent => ({
  ...event,
  '@timestamp': new Date(at(event) + ms).toISOString(),
})
/** Each event arrives up to so much later than it happened, the same each time. */
const shuffled = (events: readonly SessionEvent[], most: number) =>
  events
    .map((event, i) => ({ event, arrives: at(event) + (((i * 7919) % 1000) / 1000) * most }))
    .sort((a, b) => a.arrives - b.arrives)
    .map(({ event }) => event)

const zoneOf = (subject: Engine, user: string) =>
  JSON.parse(JSON.stringify(subject.snapshot().users.get(user) ?? {})).zone

t.test('events out of order by hours are no alert, and hide none', async (t) => {
  for (const lateness of ['10m', '6h']) {
    const quiet = engine({ lateness })
    t.same(judged(quiet, shuffled(usual(25), 5 * HOUR)), [])
    t.equal(quiet.counters.repeated, 0)
    const found = judged(engine({ lateness }), shuffled([...usual(25), ...spike], 5 * HOUR))
    t.ok(found.some(({ detector }) => detector === 'volume-spike'))
  }
  // Where lateness allows for it, nothing is judged otherwise than in order.
  const told = (all: readonly Finding[]) =>
    all
      .filter(({ detector }) => detector === 'volume-spike')
      .map(({ id, evidence }) => [id, evidence.observed])
  const inOrder = judged(engine({ lateness: '6h' }), [...usual(25), ...spike])
  const mixed = judged(engine({ lateness: '6h' }), shuffled([...usual(25), ...spike], 5 * HOUR))
  t.equal(told(mixed).at(-1)?.[1], told(inOrder).at(-1)?.[1])
})

t.test('clocks that jump: of a gateway, and of the machine that judges', async (t) => {
  const events = usual(25)
  const last = at(events.at(-1)!)
  // A gateway whose clock was three hours behind for two days, then right again.
  const behind = events.map((event, i) => (i > 60 && i < 75 ? moved(event, -3 * HOUR) : event))
  t.same(judged(engine(), behind), [])
  // One whose clock is a year ahead: set aside, and nobody else's windows close early.
  const subject = engine()
  subject.advance(last + HOUR)
  const ahead = chained(reads(3, 30), 'gw-fast', 1).map((event) => moved(event, 365 * 24 * HOUR))
  t.same(
    [...ahead, ...events].flatMap((event) => subject.push(event)),
    [],
  )
  t.equal(subject.counters.future, ahead.length)
  t.equal(subject.counters.late, 0)
  // The machine's own clock goes back by a day, then jumps a month ahead.
  t.same(subject.advance(last - 24 * HOUR), [])
  t.same(subject.advance(last + 30 * 24 * HOUR), [])
  t.same(subject.push(moved(events.at(-1)!, 0)), [], 'known already')
  t.equal(subject.counters.repeated, 1)
})

t.test('the same id twice is one event, whatever the second says', async (t) => {
  const subject = engine()
  const events = usual(25)
  for (const event of events) subject.push(event)
  const { chain: _, ...warden } = events.at(-1)!.tracewarden
  const traces = { count: 90_000, distinct: 90_000 }
  const forged = { ...events.at(-1)!, tracewarden: { ...warden, traces } }
  t.same([...subject.push(forged), ...subject.finish()], [])
  t.equal(subject.counters.repeated, 1)
})

t.test('one detector’s baseline of an older version starts anew, the others stay', async (t) => {
  const first = engine()
  for (const event of usual(25)) first.push(event)
  const { users, shared } = first.snapshot()
  const saved = users.get('u1')
  t.ok(saved)
  const older = { ...saved, detectors: { ...saved?.detectors, 'volume-spike': { b: { mean: 3 } } } }
  const second = engine()
  t.same(second.restore({ users: [['u1', older]], shared: [shared] }), [
    'u1: volume-spike: not a baseline of this version',
  ])
  const found = judged(second, spike)
  t.ok(found.some(({ detector }) => detector === 'salami'))
})

t.test('a field that the config does not have is refused by name', async (t) => {
  const wrong = detectorsConfig.safeParse({ budgett: 3 })
  t.match(wrong.error?.issues[0], { code: 'unrecognized_keys', keys: ['budgett'] })
})

t.test('a clock that was never set does not end the warm-up', (t) => {
  const [read] = usual(1)
  const unset = { ...moved(read!, -at(read!)), event: { ...read!.event, id: 'unset', sequence: 70_000 } }
  const behind = {
    ...moved(read!, -300 * 24 * HOUR),
    event: { ...read!.event, id: 'behind', sequence: 70_001 },
  }
  const early = chained(reads(7, 400, { age: 1 }), 'gw-a', 50_000)
  t.same(judged(engine(), [unset, ...usual(7), behind, ...early]), [])
  t.not(judged(engine({ warmup: '5d' }), [...usual(7), ...early]).length, 0)
  t.end()
})

t.test('what is decided about somebody abroad moves no reviewer into their time zone', (t) => {
  const office = [...workdays(26, (day) => hours(day, [9, 10, 11, 13, 14, 15]))]
  const abroad = function* (): Iterable<EventDraft> {
    for (const draft of office) {
      yield { ...draft, tracewarden: { ...draft.tracewarden, person: { timezone: 'UTC' } } }
      const asked = { ...draft, user: { id: 'u2' } }
      const [approval, person] = [
        { id: `a${String(draft['@timestamp'])}`, requester: 'u2', reviewer: 'u1' },
        { timezone: 'Asia/Singapore' },
      ]
      yield {
        ...asked,
        event: { action: 'approval-grant', outcome: 'success' },
        tracewarden: { session: { id: 's2' }, person, approval },
      }
    }
  }
  t.same(
    judged(engine(), chained(abroad())).filter(({ detector }) => detector === 'off-hours'),
    [],
  )
  const subject = engine()
  for (const event of chained(abroad())) subject.push(event)
  t.equal(zoneOf(subject, 'u1'), 'UTC')
  t.end()
})
