import t from 'tap'
import type { EventDraft } from '../../core/event.ts'
import { createEngine, detectorsConfig, type Finding } from '../../detectors/port.ts'
import { reads, workdays } from '../../detectors/rules/examples.ts'
import { DETECTORS } from '../../detectors/rules/index.ts'
import { chained } from './support.ts'

/** Alerts of one detector, or of all, over a history. */
function alerts(history: Iterable<EventDraft>, name?: string, rules: object = {}): Finding[] {
  const detectors = DETECTORS.filter((detector) => name === undefined || detector.name === name)
  const engine = createEngine({ config: detectorsConfig.parse({ rules }), detectors })
  const found = new Map<string, Finding>()
  const take = (findings: readonly Finding[]) => {
    for (const finding of findings) found.set(finding.id, finding)
  }
  for (const event of chained(history)) take(engine.push(event))
  take(engine.finish())
  return [...found.values()]
}

/** Somewhat different each day, never by chance. */
const about = (mean: number, day: number) => Math.round(mean * (0.75 + ((day * 7) % 11) / 20))

t.test('nobody can teach the detectors patience: a slow climb shows against the frozen anchor', async (t) => {
  const climb = () => workdays(140, (day) => reads(day, about(20 * 1.012 ** Math.max(0, day - 40), day)))
  t.ok(alerts(climb(), 'slow-collection').length > 0)
  const level = () => workdays(140, (day) => reads(day, about(20, day)))
  t.same(alerts(level(), 'slow-collection'), [])
})

t.test('a usual that changes for good is told once or twice, then it is the usual', async (t) => {
  const found = alerts(
    workdays(90, (day) => reads(day, about(day < 40 ? 12 : 40, day))),
    'slow-collection',
  )
  t.ok(found.length >= 1 && found.length <= 2, `${found.length} alerts in ten weeks`)
})

t.test('another role is other work: what the new peers do is no alert', async (t) => {
  const member = (id: string, team: string, events: Iterable<EventDraft>): EventDraft[] =>
    [...events].map((event) => ({ ...event, user: { id, group: { name: team }, roles: ['engineer'] } }))
  const some = (day: number, n: number) => reads(day, n, { each: 10 })
  const history = (moves: boolean) =>
    workdays(45, (day) => [
      ...[1, 2, 3, 4].flatMap((i) => member(`small${i}`, 'small', some(day, about(10, day + i)))),
      ...[1, 2, 3, 4].flatMap((i) => member(`large${i}`, 'large', some(day, about(80, day + i)))),
      ...member('mover', day < 30 || !moves ? 'small' : 'large', some(day, about(day < 30 ? 10 : 80, day))),
    ])
  const of = (moves: boolean) =>
    alerts([...history(moves)].sort((a, b) => (String(a['@timestamp']) < String(b['@timestamp']) ? -1 : 1)))
  t.same(
    of(true).map(({ summary }) => summary),
    [],
  )
  t.ok(of(false).some(({ user }) => user?.id === 'mover'))
})

t.test('two weeks away, and a full desk after it, are no alert', async (t) => {
  const history = () =>
    workdays(60, (day) => (day >= 40 && day < 50 ? [] : reads(day, about(day === 50 ? 30 : 15, day))))
  t.same(
    alerts(history()).map(({ summary }) => summary),
    [],
  )
})
