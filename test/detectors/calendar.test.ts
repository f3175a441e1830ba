import t from 'tap'
import type { EventDraft } from '../../core/event.ts'
import { checkDetectors, createEngine, detectorsConfig, type Finding } from '../../detectors/port.ts'
import { at, reads, workdays } from '../../detectors/rules/examples.ts'
import { DETECTORS } from '../../detectors/rules/index.ts'
import { chained } from './support.ts'

/** Alerts, in their last revision, and what is known in the end. */
function run(history: Iterable<EventDraft>, config: object, name?: string) {
  const detectors = DETECTORS.filter((detector) => name === undefined || detector.name === name)
  const engine = createEngine({ config: detectorsConfig.parse(config), detectors })
  const found = new Map<string, Finding>()
  const take = (findings: readonly Finding[]) => {
    for (const finding of findings) found.set(finding.id, finding)
  }
  for (const event of chained(history)) take(engine.push(event))
  take(engine.finish())
  return { all: [...found.values()], saved: JSON.stringify(engine.snapshot().users.get('u1')?.detectors) }
}
const about = (mean: number, day: number) => Math.round(mean * (0.75 + ((day * 7) % 11) / 20))
/** Six weeks, of which the last is a release: 9 to 13 February 2026. */
const release = (times: number, insider = 1) =>
  workdays(30, (day) => reads(day, about(15, day) * (day < 25 ? 1 : day === 28 ? times * insider : times)))
const week = { name: 'release week', from: '2026-02-09', to: '2026-02-13', factor: 6 }

t.test('what is known beforehand is expected: a release week is no spike, and no cover', async (t) => {
  t.ok(run(release(6), {}).all.length > 0)
  t.same(run(release(6), { exposures: [week] }).all, [])
  t.ok(run(release(6), { exposures: [{ ...week, teams: ['pricing'] }] }).all.length > 0)
  const [spike] = run(release(6, 12), { exposures: [{ ...week, teams: ['search'] }] }, 'volume-spike').all
  t.equal(spike?.evidence.period, 'release week: 6 times the usual is expected')
  const one = { exposures: [{ ...week, detectors: ['slow-collection'] }] }
  t.ok(run(release(14), one, 'volume-spike').all.length > 0)
})

t.test('a known period teaches no new usual', async (t) => {
  const after = (config: object) =>
    run([...release(6), ...reads(30, 15 * 6)], config, 'volume-spike').all.map(({ window }) => window.from)
  t.ok(after({ exposures: [week] }).includes('2026-02-16T00:00:00.000Z'))
})

const HOLIDAYS = { holidays: [{ name: 'Founders’ day', dates: ['2026-02-09', '2026-02-10'] }] }

t.test('a holiday teaches nothing, and work on it is held against a Sunday', async (t) => {
  const hours = (day: number) => at(day, [9, 10, 11, 13, 14, 15, 16])
  const known = [...workdays(25, hours)]
  const off = [...known, ...hours(25), ...hours(26)]
  const [spike] = run([...known, ...reads(25, 400)], HOLIDAYS, 'volume-spike').all
  t.equal(spike?.evidence.holiday, 'Founders’ day')
  t.match(spike?.summary, /usually .* on a Sunday or holiday/)
  const learned = (config: object) =>
    JSON.parse(run(off, config, 'volume-spike').saved ?? '{}')['volume-spike'].b.day.seen
  t.equal(learned({}), 27)
  t.equal(learned(HOLIDAYS), 25)
})

t.test('the first days after holidays are no spike', async (t) => {
  const dates = ['2026-02-09', '2026-02-10', '2026-02-11', '2026-02-12', '2026-02-13']
  const history = () =>
    workdays(40, (day) => (day >= 25 && day < 30 ? [] : reads(day, about(day === 30 ? 32 : 15, day))))
  t.same(run(history(), { holidays: [{ name: 'Winter', dates }] }).all, [])
})

t.test('a calendar that names what is not there is refused, with file and line', async (t) => {
  const config = detectorsConfig.parse({
    holidays: [{ name: 'x', dates: ['2026-12-25'], zones: ['Mars'], roles: ['nobody'] }],
    exposures: [{ ...week, detectors: ['canary'], users: ['u9'] }],
  })
  const problems = checkDetectors(config, { roles: new Set(['engineer']), users: new Set(['u1']) })
  t.same(problems.map(({ path }) => path.join('.')).sort(), [
    'exposures.0.detectors.0',
    'exposures.0.users.0',
    'holidays.0.roles.0',
    'holidays.0.zones.0',
  ])
  t.match(problems.find(({ path }) => path.includes('detectors'))?.message, /volume-spike/)
  const wrong = (detectors: object) => detectorsConfig.safeParse(detectors).error?.issues[0]?.path.join('.')
  t.equal(wrong({ holidays: [{ name: 'x', dates: ['2026-02-30'] }] }), 'holidays.0.dates.0')
  t.equal(wrong({ exposures: [{ ...week, to: '2026-02-08' }] }), 'exposures.0.to')
  t.equal(wrong({ exposures: [{ ...week, to: '2026-12-31' }] }), 'exposures.0.to')
  t.equal(wrong({ exposures: [{ ...week, until: '2026-12-31' }] }), 'exposures.0')
  t.equal(wrong({ exposures: [{ ...week, factor: 0 }] }), 'exposures.0.factor')
})
