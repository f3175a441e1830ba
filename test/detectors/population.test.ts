import t from 'tap'
import { type BacktestSummary, backtest, detectorsConfig } from '../../detectors/port.ts'
import { generatePopulation, type InsiderKind } from '../../fixtures/port.ts'
import { writeEvents } from './support.ts'

const config = detectorsConfig.parse({})

const kinds: readonly InsiderKind[] = [
  'volume-spike',
  'historical-reads',
  'masking-bypass',
  'approval-storm',
  'abrupt-end',
  'policy-tamper',
]

/** 60 people, six weeks, one insider of some kinds at each strength: far more of them than any company has. */
async function evaluate(directory: string, seed: number): Promise<BacktestSummary> {
  const strengths = [1, 0.65, 0.4]
  const company = { seed, users: 60, days: 42, end: Date.UTC(2026, 10, 20) }
  const population = generatePopulation({ ...company, insiders: { each: 1, strengths, kinds } })
  const events = writeEvents(directory, 'events.ndjson', population.events)
  const labels = writeEvents(directory, 'labels.ndjson', population.labels)
  return backtest({ files: [events], labels, config, out: () => {} })
}

t.test('insiders of several kinds are found among honest people, in two companies', async (t) => {
  const told = [await evaluate(t.testdir(), 1), await evaluate(t.testdir(), 2)]
  const labels = told.flatMap(({ labels }) => labels ?? [])
  const sum = (of: (verdict: (typeof labels)[number]) => number) => labels.reduce((n, v) => n + of(v), 0)
  t.equal(
    sum(({ incidents }) => incidents),
    36,
  )
  for (const kind of kinds) {
    const own = sum(({ kinds }) => kinds[kind]?.own_kind ?? 0)
    t.ok(own >= 3, `${kind}: ${own} of 6 found by its own detector`)
  }
  const recall = sum(({ recall }) => recall) / 2
  t.ok(recall >= 0.8, `recall ${recall}`)
  const alarms = sum(({ false_alerts_per_1000_user_days }) => false_alerts_per_1000_user_days) / 2
  t.ok(alarms <= 3, `${alarms} false alerts per 1,000 user-days`)
})

t.test('the same seed is the same company; nothing lies after its end', async (t) => {
  const options = { seed: 7, users: 12, days: 5, end: Date.UTC(2026, 9, 27) }
  const one = [...generatePopulation(options).events]
  t.same(one, [...generatePopulation(options).events])
  t.ok(one.length > 200)
  t.ok(one.every((event) => Date.parse(event['@timestamp']) < options.end))
  const ids = one.map((event) => event.event.id)
  t.ok(new Set(ids).size < ids.length || ids.length < 2000, 'some are delivered twice')
})
