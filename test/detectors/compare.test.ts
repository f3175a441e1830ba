import t from 'tap'
import { openStore } from '../../collector/port.ts'
import { systemClock } from '../../core/clock.ts'
import { createLogger } from '../../core/log.ts'
import { difference } from '../../detectors/backtest/difference.ts'
import {
  backtest,
  compareConfigs,
  detectorsConfig,
  type Finding,
  storedHistory,
} from '../../detectors/port.ts'
import { act, reads, workdays } from '../../detectors/rules/examples.ts'
import { chained, writeEvents } from './support.ts'

const config = detectorsConfig.parse({})
const events = () => [
  ...chained(workdays(25, (day) => reads(day, 12))),
  ...chained(reads(25, 423), 'gw-a', 50_000),
  ...chained(act(26, 'canary-read', 1), 'gw-a', 60_000),
]

t.test(
  'another config: what it gains, loses and raises, with labels also recall and false alerts',
  async (t) => {
    const directory = t.testdir()
    const files = [writeEvents(directory, 'events.ndjson', events())]
    const labels = writeEvents(directory, 'labels.ndjson', [
      {
        ...{ incident: 'i1', kind: 'volume-spike', user: 'u1' },
        ...{ from: '2026-02-09T08:00:00Z', to: '2026-02-09T17:00:00Z' },
      },
    ])
    const other = detectorsConfig.parse({
      rules: {
        'volume-spike': { enabled: false },
        'slow-collection': { enabled: false },
        canary: { severity: 'low' },
      },
    })
    const run = () => compareConfigs({ files, labels, config, other })
    const { changes, comparison } = await run()
    const spike = changes.find(({ alert }) => alert.detector === 'volume-spike')
    t.match(spike, { type: 'lost', alert: { user: { id: 'u1' }, summary: /^423 traces/ }, incidents: ['i1'] })
    const canary = changes.find(({ alert }) => alert.detector === 'canary')
    t.match(canary, { type: 'changed', severity: { from: 'critical', to: 'medium' } })
    t.match(comparison.by_detector['volume-spike'], { now: 1, other: 0, lost: 1, gained: 0 })
    t.match(comparison.by_detector.canary, { now: 1, other: 1, lowered: 1 })
    t.ok((comparison.by_user.u1?.lost ?? 0) >= 1)
    t.ok(comparison.now.labels?.recall === 1)
    t.ok(comparison.now.alerts > comparison.other.alerts)
    t.equal(JSON.stringify(await run()), JSON.stringify({ changes, comparison }), 'the same to the byte')
  },
)

t.test('one matter that is told some days later is not one lost and one gained', async (t) => {
  const alert = (id: string, day: number, more: Partial<Finding> = {}): Finding => ({
    ...{ id, '@timestamp': `2026-02-${String(day).padStart(2, '0')}T10:00:00.000Z`, detector: 'salami' },
    ...{ user: { id: 'u1' }, subject: { kind: 'person', id: 'u1' }, incident: `inc-${day}`, revision: 1 },
    ...{ severity: 'high', score: 4, p: 1e-4, config: 'sha256:0', window: { from: '', to: '' } },
    ...{ summary: 's', evidence: { observed: 1, sessions: [], events: [] } },
    ...{ threat: { technique: { id: [] } } },
    ...more,
  })
  const moved = difference([alert('a', 2)], [alert('b', 5)])
  t.match(moved, { changes: [], same: 1, later: 1, sooner: 0 })
  t.match(difference([alert('a', 2)], [alert('a', 2)]), { changes: [], by_user: {}, same: 1 })
  const far = difference([alert('a', 2)], [alert('b', 20)])
  t.same(
    far.changes.map(({ type }) => type),
    ['lost', 'gained'],
  )
  const others = difference([alert('a', 2)], [alert('b', 2, { detector: 'volume-spike' })])
  t.match(others.changes[0], { type: 'lost', instead: ['volume-spike'] })
  t.match(others.changes[1], { type: 'gained', instead: ['salami'] })
})

t.test('the store’s own history gives what the same events in a file give', async (t) => {
  const directory = t.testdir()
  const all = chained(workdays(12, (day) => reads(day, 12)))
  const store = await openStore(
    { kind: 'embedded' },
    { dataDir: directory, log: createLogger('silent'), clock: systemClock },
  )
  t.teardown(() => store.close())
  await store.append(all)
  const run = async (files: Parameters<typeof backtest>[0]['files']) => {
    const lines: string[] = []
    await backtest({ files, config, out: (some) => void lines.push(...some) })
    return lines
  }
  const stored = await run(() => storedHistory(store, Date.UTC(2026, 5)))
  t.same(stored, await run([writeEvents(directory, 'events.ndjson', all)]))
  const early = await run(() => storedHistory(store, Date.UTC(2026, 0, 14)))
  t.ok(JSON.parse(early.at(-1) ?? '').to < '2026-01-14', 'what happened later is left out')
})
