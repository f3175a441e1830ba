import t from 'tap'
import { createEngine, detectorsConfig, type ScoreRow, shippedDetectors } from '../../detectors/port.ts'
import { generatePopulation } from '../../fixtures/port.ts'

const DAY = 86400e3
const { events } = generatePopulation({
  ...{ seed: 4, users: 12, days: 16, end: Date.UTC(2026, 10, 20) },
  insiders: { each: 1, strengths: [1], kinds: ['volume-spike', 'off-hours', 'masking-bypass'] },
})
const past = [...events]
/** What everybody does together is judged and told early, so that a short history has findings. */
const config = detectorsConfig.parse({ warmup: '4d', budget: 20, ceiling: 50 })

/** Everything there is to tell: findings, scores, what would be saved half way and at the end. */
function detect(awake: number) {
  const scores: ScoreRow[] = []
  const engine = createEngine({
    config: { ...config, awake },
    detectors: shippedDetectors,
    score: (row) => scores.push(row),
  })
  const half = past.length >> 1
  const take = (some: typeof past) => some.flatMap((event) => engine.push(event))
  const findings = take(past.slice(0, half))
  const saved = engine.snapshot()
  findings.push(...take(past.slice(half)), ...engine.finish())
  return { findings, scores, saved, end: engine.snapshot() }
}

t.test('users who rest are as if they had been awake, to the last digit', async (t) => {
  const [all, few] = [detect(1e6), detect(3)]
  t.ok(all.findings.length > 5, `${all.findings.length} findings`)
  t.ok(new Set(all.findings.map(({ detector }) => detector)).size > 2)
  t.equal(JSON.stringify(few.findings), JSON.stringify(all.findings))
  t.equal(JSON.stringify(few.scores), JSON.stringify(all.scores))
  t.same(few.saved, all.saved)
  t.same(few.end, all.end)
})

t.test('what was saved of many is loaded by an engine that holds few ready', async (t) => {
  const { saved } = detect(1e6)
  const after = past.slice(past.length >> 1)
  const [all, few] = [1e6, 3].map((awake) => {
    const engine = createEngine({ config: { ...config, awake }, detectors: shippedDetectors })
    t.same(engine.restore({ users: saved.users, shared: [saved.shared] }), [])
    return [...after.flatMap((event) => engine.push(event)), ...engine.advance(Date.UTC(2026, 10, 21) + DAY)]
  })
  t.ok(all?.length)
  t.equal(JSON.stringify(few), JSON.stringify(all))
})
