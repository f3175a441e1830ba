import t from 'tap'
import { type BacktestSummary, backtest, detectorsConfig } from '../../detectors/port.ts'
import { writeEvents } from './support.ts'

const MONDAY = Date.UTC(2026, 0, 5)
const HOUR = 3600e3
const USERS = 24

/** Everybody's four reads on each working day, `scale` times as much as a small company's. */
function* company(days: number, scale: number, more: (user: number, day: number) => number) {
  for (let day = 0; day < days; day++)
    for (let hour = 9; hour < 13; hour++)
      for (let user = 0; user < USERS; user++) {
        if (day % 7 > 4) continue
        // Days differ by chance, users by their work: up to four times.
        const chance = 0.5 + (((user * 31 + day * 17 + hour * 7) * 13) % 23) / 22
        const count = Math.round((1 + (user % 4)) * scale * chance * more(user, day))
        const time = new Date(MONDAY + day * 24 * HOUR + hour * HOUR + user * 60e3).toISOString()
        yield {
          '@timestamp': time,
          event: { id: `${day}.${hour}.${user}`, action: 'trace-read', outcome: 'success' },
          user: { id: `u${user}`, group: { name: user % 2 ? 'north' : 'south' } },
          tracewarden: { session: { id: `${day}.${user}` }, traces: { count, distinct: count } },
        }
      }
}

async function told(directory: string, events: Iterable<unknown>) {
  const out: string[] = []
  const files = [writeEvents(directory, 'events.ndjson', events)]
  const summary: BacktestSummary = await backtest({
    ...{ files, config: detectorsConfig.parse({}) },
    out: (lines) => void out.push(...lines),
  })
  return { summary, out }
}

t.test('a company that reads thousands a day is known as such when the warm-up ends', async (t) => {
  for (const scale of [2, 100, 1000]) {
    const { summary } = await told(
      t.testdir(),
      company(26, scale, () => 1),
    )
    t.same(summary.by_detector, {}, `${scale} traces a request`)
  }
})

t.test('whoever then reads forty times as much as usual is found, however much that is', async (t) => {
  for (const scale of [10, 1000]) {
    const spike = (user: number, day: number) => (user === 5 && day === 23 ? 40 : 1)
    const { summary, out } = await told(t.testdir(), company(26, scale, spike))
    t.equal(summary.by_detector['volume-spike'], 1, `${scale} traces a request`)
    t.ok(
      out.every((line) => !line.includes('"user":{"id"') || line.includes('"user":{"id":"u5"')),
      'nobody else is',
    )
  }
})
