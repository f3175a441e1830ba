import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import type { SessionEvent } from '../../core/event.ts'
import { sorted as sortedFile } from '../../detectors/backtest/sorted.ts'
import { backtest, detectorsConfig } from '../../detectors/port.ts'
import { reads, workdays } from '../../detectors/rules/examples.ts'
import { chained, writeEvents } from './support.ts'

const config = detectorsConfig.parse({})
/** As imported: no chain, no sequence. */
const plain = (events: SessionEvent[]) =>
  events.map(({ event, ...rest }) => {
    const { sequence: _, ...kept } = event
    const { chain: __, ...tracewarden } = rest.tracewarden
    return { ...rest, event: kept, tracewarden }
  })
const past = () => plain(chained(workdays(25, (day) => reads(day, 12))))
const spike = () => plain(chained(reads(25, 423), 'gw-a', 50_000))

async function run(files: string[], more: { labels?: string; scores?: boolean } = {}) {
  const lines: string[] = []
  const problems: string[] = []
  const summary = await backtest({
    ...{ files, config, ...more, out: (some) => void lines.push(...some) },
    onProblem: ({ line, problem }) => problems.push(`${line}: ${problem}`),
  })
  return {
    summary,
    lines,
    problems,
    alerts: lines.map((line) => JSON.parse(line)).filter((row) => !row.type),
  }
}

t.test(
  'alerts, then a summary; the same to the byte each time, from one file or several, plain or gzip',
  async (t) => {
    const directory = t.testdir()
    const events = [...past(), ...spike()]
    const one = writeEvents(directory, 'all.ndjson', events)
    const { lines, alerts, summary } = await run([one])
    const spikes = alerts.filter(({ detector }) => detector === 'volume-spike')
    t.match(spikes, [{ evidence: { observed: 423 } }])
    t.match(spikes[0].summary, /^423 traces on 9 Feb, usually \d+ \(\d+–\d+\) on a Monday$/)
    for (const alert of alerts) {
      t.equal(alert.status, 'open')
      t.ok(alert['@timestamp'] > '2026-02-09T09' && alert['@timestamp'] < '2026-02-09T13', 'when it sufficed')
    }
    const tally: Record<string, number> = {}
    for (const { detector } of alerts) tally[detector] = (tally[detector] ?? 0) + 1
    t.same(summary.by_detector, tally)
    t.equal(summary.alerts, alerts.length)
    t.equal(new Set(alerts.map(({ id }) => id)).size, alerts.length, 'each matter once')
    t.same(JSON.parse(lines.at(-1)!), summary)
    t.match(summary, {
      type: 'summary',
      events: events.length,
      users: 1,
      user_days: 36,
      by_detector: { 'volume-spike': 1 },
    })

    t.same((await run([one])).lines, lines)
    const odd = writeEvents(
      directory,
      'odd.ndjson',
      events.filter((_, i) => i % 2),
    )
    const even = join(directory, 'even.ndjson.gz')
    writeFileSync(
      even,
      gzipSync(
        events
          .filter((_, i) => i % 2 === 0)
          .map((event) => JSON.stringify(event))
          .join('\n'),
      ),
    )
    t.same((await run([odd, even])).lines, lines)
  },
)

t.test('labels give recall, delay and false alerts', async (t) => {
  const directory = t.testdir()
  const file = writeEvents(directory, 'all.ndjson', [...past(), ...spike()])
  const day = { from: '2026-02-09T08:00:00Z', to: '2026-02-09T17:00:00Z', user: 'u1' }
  const labels = writeEvents(directory, 'labels.ndjson', [
    { incident: 'i1', kind: 'volume-spike', ...day },
    { incident: 'i2', kind: 'salami', ...day, user: 'u9' },
  ])
  const { summary } = await run([file], { labels })
  t.match(summary.labels, { incidents: 2, found: 1, recall: 0.5, own_kind: 1, false_alerts: 0 })
  t.ok(summary.labels!.kinds['volume-spike']!.delay_s! > 3600)
  t.equal(summary.labels!.kinds.salami!.delay_s, null)
  const elsewhere = writeEvents(directory, 'other.ndjson', [
    { incident: 'i3', kind: 'x', ...day, user: 'u9' },
  ])
  const wrong = (await run([file], { labels: elsewhere })).summary
  t.equal(wrong.labels!.false_alerts_per_1000_user_days, Math.round((1e7 * wrong.alerts) / 36) / 1e4)
  const broken = writeEvents(directory, 'broken.ndjson', ['{"incident": 1}'])
  await t.rejects(run([file], { labels: broken }), { code: 'TW_DETECTORS_LABELS_INVALID' })
})

t.test('scores are one row a judgement, alert or not', async (t) => {
  const file = writeEvents(t.testdir(), 'all.ndjson', past())
  const { lines, alerts } = await run([file], { scores: true })
  const rows = lines.map((line) => JSON.parse(line)).filter((row) => row.type === 'score')
  t.equal(alerts.length, 0)
  t.ok(rows.length > 100)
  for (const row of rows)
    t.ok(row.p > 0 && row.p <= 1 && (row.session || row.window.from < row.window.to) && row.user === 'u1')
})

t.test('bad lines, clocks that jump and repeats are set aside and counted', async (t) => {
  const events = past()
  const jumped = {
    ...events[40]!,
    '@timestamp': '2099-01-01T00:00:00Z',
    event: { ...events[40]!.event, id: 'jump' },
  }
  const early = {
    ...events[3]!,
    event: { ...events[3]!.event, id: 'early', ingested: '2026-01-01T00:00:00Z' },
  }
  const mixed = [
    jumped,
    'not json',
    ...events.slice(0, 40),
    early,
    jumped,
    ...events.slice(40),
    '{"event":{}}',
    events.at(-3)!,
  ]
  const { summary, problems, alerts } = await run([writeEvents(t.testdir(), 'mixed.ndjson', mixed)])
  t.equal(alerts.length, 0)
  t.same(
    problems.map((p) => p.split(':')[0]),
    ['2', String(mixed.length - 1)],
  )
  t.match(summary, { set_aside: { invalid: 2, future: 3 }, repeated: 1, events: events.length })
  t.equal(summary.to, events.at(-1)!['@timestamp'])
})

t.test('a gap of weeks in the file is no jump of the clock', async (t) => {
  const events = past()
  const later = plain(chained(reads(60, 12), 'gw-a', 90_000))
  const { summary } = await run([writeEvents(t.testdir(), 'gap.ndjson', [...events, ...later])])
  t.match(summary, { set_aside: { future: 0 }, events: events.length + later.length })
})

t.test('a file grouped by user gives the same as one in the order of time', async (t) => {
  const directory = t.testdir()
  const shift = (events: SessionEvent[], id: string, ms: number) =>
    events.map((event) => ({
      ...event,
      '@timestamp': new Date(Date.parse(event['@timestamp']) + ms).toISOString(),
      event: { ...event.event, id: `${id}.${event.event.id}` },
      user: { id, group: { name: 'search' } },
    }))
  const whole = [...past(), ...spike()]
  const grouped = ['ada', 'bob', 'cyd'].flatMap((id, i) => shift(whole, id, (i + 1) * 1117))
  const time = (event: SessionEvent) => Date.parse(event['@timestamp'])
  const sorted = await run([
    writeEvents(
      directory,
      'sorted.ndjson',
      grouped.toSorted((a, b) => time(a) - time(b)),
    ),
  ])
  t.ok(sorted.summary.alerts >= 3)
  t.same((await run([writeEvents(directory, 'grouped.ndjson', grouped)])).lines, sorted.lines)
  const mixed = grouped.map((event, i) => ({ event, key: (i * 7919) % grouped.length }))
  mixed.sort((a, b) => a.key - b.key)
  const shuffled = mixed.map(({ event }) => event)
  const file = writeEvents(directory, 'mixed.ndjson', ['nonsense', ...shuffled])
  t.same((await run([file])).lines.slice(0, -1), sorted.lines.slice(0, -1))

  const found: string[] = []
  // Far more than fits into what may be held: many runs, merged more than once.
  const aside = await sortedFile(file, 2000)
  for await (const lines of aside.read())
    for (const line of lines) found.push('event' in line ? line.event['@timestamp'] : line.problem)
  await aside.close()
  t.same(found, ['not JSON', ...shuffled.map((event) => event['@timestamp']).sort()])
})

t.test(
  'a matter that goes on for days is one alert, and a clock years behind is no year of days',
  async (t) => {
    const more = [25, 27, 29].flatMap((day) => plain(chained(reads(day, 400 + day), 'gw-a', 10_000 * day)))
    const quiet = [40, 41, 42].flatMap((day) => plain(chained(reads(day, 12), 'gw-a', 10_000 * day)))
    const [event] = past()
    const unset = { ...event!, '@timestamp': '1970-01-01T00:00:13Z', event: { ...event!.event, id: 'unset' } }
    const file = writeEvents(t.testdir(), 'on.ndjson', [unset, ...past(), ...more, unset, ...quiet])
    const { alerts, summary } = await run([file])
    const ids = alerts.map(({ id }) => id)
    t.equal(new Set(ids).size, ids.length)
    t.ok(ids.length > 0)
    t.match(summary, { user_days: 59, from: '2026-01-05T09:00:00.000Z' })
  },
)
