import t from 'tap'
import type { EventDraft } from '../../core/event.ts'
import { createMonths, monthDay } from '../../detectors/engine/months.ts'
import { createEngine, detectorsConfig, type Finding } from '../../detectors/port.ts'
import { reads, workdays } from '../../detectors/rules/examples.ts'
import { DETECTORS } from '../../detectors/rules/index.ts'
import { chained } from './support.ts'

const date = (text: string) => Date.parse(text) / 86400e3

t.test('working days are counted from both ends of a month', async (t) => {
  t.equal(monthDay(date('2026-01-30')), -1, 'a Friday, before a week-end')
  t.equal(monthDay(date('2026-01-28')), -3)
  t.equal(monthDay(date('2026-02-02')), 1)
  t.equal(monthDay(date('2026-02-03')), 2)
  t.equal(monthDay(date('2026-02-11')), undefined)
  t.equal(monthDay(date('2026-01-31')), undefined, 'a Saturday')
})

t.test('the rhythm is the role’s, in whatever team, and nobody else’s', async (t) => {
  const months = createMonths()
  for (const day of ['2026-01-30', '2026-02-27'])
    for (let i = 0; i < 8; i++) {
      months.learn('human:claims:finance', date(day), 2.5)
      for (let j = 0; j < 6; j++) months.learn('human:claims:engineer', date(day), 1)
    }
  const march = date('2026-03-31')
  t.ok(months.factor('human:claims:finance', march) > 1.9)
  t.ok(months.factor('human:pricing:finance', march) > 1.6)
  t.equal(months.factor('human:claims:engineer', march), 1)
  t.equal(months.factor('human:claims:finance', date('2026-03-11')), 1)
  const again = createMonths()
  again.load(JSON.parse(JSON.stringify(months.save())))
  t.equal(again.factor('human:claims:finance', march), months.factor('human:claims:finance', march))
  again.load('nonsense')
  t.equal(again.factor('human:claims:finance', march), months.factor('human:claims:finance', march))
})

t.test('who is busy at each turn of the month is not alerted for it; an insider then is', async (t) => {
  const member = (i: number, day: number, traces: number): EventDraft[] =>
    [...reads(day, traces, { each: 5 })].map((event) => ({
      ...event,
      user: { id: `f${i}`, group: { name: `team${i}` }, roles: ['finance'] },
    }))
  const MONDAY = date('2026-01-05')
  const turn = (day: number) => monthDay(MONDAY + Math.floor(day / 5) * 7 + (day % 5)) !== undefined
  const about = (i: number, day: number) => 14 + ((day * 7 + i * 5) % 9)
  const run = (insider: number) => {
    const engine = createEngine({ config: detectorsConfig.parse({}), detectors: DETECTORS })
    const days = workdays(64, (day) =>
      [0, 1, 2, 3, 4, 5].flatMap((i) =>
        member(i, day, about(i, day) * (turn(day) ? 4 : 1) * (day >= 62 && i === 3 ? insider : 1)),
      ),
    )
    const events = chained(
      [...days].sort((a, b) => (String(a['@timestamp']) < String(b['@timestamp']) ? -1 : 1)),
    )
    const found: Finding[] = [...events.flatMap((event) => engine.push(event)), ...engine.finish()]
    return found.filter((one) => one['@timestamp'] >= '2026-03-25')
  }
  t.same(
    run(1).map(({ summary }) => summary),
    [],
  )
  const [spike] = run(9).filter(({ detector }) => detector === 'volume-spike')
  t.equal(spike?.user?.id, 'f3')
  t.match(spike?.evidence.period, /^the turn of the month: [\d.]+ times the usual is expected$/)
})
