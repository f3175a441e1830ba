import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { generatePopulation } from '../../fixtures/port.ts'
import { run } from '../support/program.ts'

const lines = (rows: Iterable<unknown>) => `${[...rows].map((row) => JSON.stringify(row)).join('\n')}\n`

t.setTimeout(600_000)
t.test('backtest on the command line', { timeout: 590_000 }, async (t) => {
  const directory = t.testdir()
  const at = (name: string) => join(directory, name)
  const end = Date.UTC(2026, 1, 28)
  const insiders = { each: 1, strengths: [3] }
  const population = generatePopulation({ seed: 11, users: 12, days: 35, end, insiders })
  writeFileSync(at('events.ndjson'), lines(population.events))
  writeFileSync(at('labels.ndjson'), lines(population.labels))
  const args = ['backtest', '--events', at('events.ndjson'), '--labels', at('labels.ndjson')]

  const first = await run([...args, '--scores', at('scores.ndjson'), '--json'])
  t.equal(first.code, 0, first.err)
  t.equal(first.err, '', 'nothing but data for machines')
  const rows = first.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const summary = rows.pop()
  t.equal(summary.type, 'summary')
  t.equal(rows.length, summary.alerts)
  for (const alert of rows)
    t.match(alert, { detector: String, summary: /\d/, severity: String, status: 'open' })
  t.match(summary.labels, { incidents: population.labels.length, recall: Number, kinds: {} })
  const scores = readFileSync(at('scores.ndjson'), 'utf8')
  for (const line of scores.trim().split('\n').slice(0, 100)) {
    const { detector, user, window, session, score, p } = JSON.parse(line)
    t.ok(detector && user && (window ?? session) && score >= 0 && p > 0 && p <= 1, line)
  }

  writeFileSync(at('events.gz'), gzipSync(readFileSync(at('events.ndjson'))))
  const again = await run(['backtest', '--events', at('events.gz'), '--labels', at('labels.ndjson')])
  t.equal(again.out, first.out, 'the same input gives the same bytes')
  t.match(
    again.err,
    /alerts from \d+ events of \d+ users[\s\S]*Found \d+ of \d+ incidents/,
    'and says it to people',
  )

  writeFileSync(at('other.yaml'), 'detectors: { rules: { policy-tamper: { enabled: false } } }\n')
  const compared = await run([...args, '--compare', at('other.yaml')])
  t.equal(compared.code, 0, compared.err)
  t.match(compared.out, new RegExp(`^${summary.alerts} alerts now, \\d+ under the other config`))
  t.match(compared.out, /\npolicy-tamper +\d+ +0 +0 +\d+ /)
  t.match(compared.out, /\nRecall: [\d.]+ → [\d.]+ /)
  t.match(compared.out, /\nlost \S+ policy-tamper u\d+: critical: .* \[i\d+\]/)
  const neither = await run(['backtest', '--labels', at('labels.ndjson')])
  t.equal(neither.code, 2)
  t.match(neither.err, /expected either --events <files...> or --store/)

  const count = readFileSync(at('events.ndjson'), 'utf8').split('\n').length
  appendFileSync(at('events.ndjson'), 'not json\n{"event":{}}\n')
  const bad = await run(['backtest', '--events', at('events.ndjson')])
  t.equal(bad.code, 0)
  t.match(bad.err, `events.ndjson:${count}: `)
  t.match(bad.err, `events.ndjson:${count + 1}: `)

  const missing = await run(['backtest', '--events', at('gone.ndjson')])
  t.equal(missing.code, 2)
  t.match(missing.err, /gone\.ndjson[\s\S]*TW_IMPORT_UNREADABLE/)
  writeFileSync(at('labels.ndjson'), '{"incident": 1}')
  const labels = await run(args)
  t.equal(labels.code, 2)
  t.match(labels.err, /labels\.ndjson.*line 1[\s\S]*TW_DETECTORS_LABELS_INVALID/)
})
