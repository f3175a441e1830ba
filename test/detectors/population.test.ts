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

for (const seed of [1, 2])
  t.test(`insiders of several kinds are found among honest people (seed ${seed})`, async (t) => {
    const { labels, user_days } = await evaluate(t.testdir(), seed)
    t.ok(labels)
    if (!labels) return
    t.equal(labels.incidents, 18)
    for (const [kind, tally] of Object.entries(labels.kinds))
      t.ok(tally.own_kind >= 2, `${kind}: ${tally.own_kind} of ${tally.incidents} found by its own detector`)
    t.ok(labels.recall >= 0.8, `recall ${labels.recall}`)
    t.ok(
      labels.false_alerts_per_1000_user_days <= 3,
      `${labels.false_alerts_per_1000_user_days} false alerts per 1,000 of ${user_days} user-days`,
    )
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
