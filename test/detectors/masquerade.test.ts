import t from 'tap'
import type { SessionEvent } from '../../core/event.ts'
import { pack, unpack } from '../../detectors/habits/pack.ts'
import { emptyProfile, LARGEST, learn } from '../../detectors/habits/profile.ts'
import { tokenOf } from '../../detectors/habits/tokens.ts'
import { backtest, detectorCatalog, detectorsConfig } from '../../detectors/port.ts'
import { hitsAt } from '../../fixtures/evaluate/swap.ts'
import { STYLES, type Typist } from '../../fixtures/evaluate/typists.ts'
import { chance } from '../../fixtures/population/distributions.ts'
import { dice as seeded } from '../../fixtures/random.ts'
import { writeEvents } from './support.ts'

const others = detectorCatalog().filter(({ name }) => name !== 'unusual-access')
const config = detectorsConfig.parse({
  rules: Object.fromEntries(others.map(({ name }) => [name, { enabled: false }])),
})

const [USERS, TRAINED, BLOCKS, LENGTH] = [10, 20, 45, 40]
interface Block {
  user: number
  number: number
  commands: readonly string[]
  other: boolean
}

/** Blocks of commands, some of the later ones a stranger's. */
function draw(): Block[] {
  const dice = seeded(77)
  const { typist } = STYLES.personal!(dice)
  const typists = Array.from({ length: USERS + 6 }, () => typist(dice))
  const blocks: Block[] = []
  for (let user = 0; user < USERS; user++) {
    let stranger: Typist | undefined
    for (let number = 0; number < BLOCKS; number++) {
      if (number >= TRAINED && chance(dice, stranger ? 0.3 : 0.05))
        stranger = stranger ? undefined : typists[USERS + dice.int(6)]
      const commands = (stranger ?? typists[user]!)(dice, LENGTH, number / BLOCKS)
      blocks.push({ user, number, commands, other: stranger !== undefined })
    }
  }
  return blocks
}

const blocks = draw()
const idOf = ({ user, number }: Block) => `u${user}-${number}`
const DAY = 86400e3
const START = Date.UTC(2026, 0, 5, 9)

/** As somebody writes them who knows no times and invents them: ms after the start. */
function written(at: (block: Block, i: number) => number, session = idOf): SessionEvent[] {
  return blocks.flatMap((block) =>
    block.commands.map(
      (shape, i): SessionEvent => ({
        '@timestamp': new Date(START + at(block, i)).toISOString(),
        event: { id: `${idOf(block)}.${i}`, action: 'trace-read', outcome: 'success' },
        user: { id: `u${block.user}` },
        tracewarden: { session: { id: session(block) }, statement: { shape } },
      }),
    ),
  )
}

async function scored(file: string) {
  const rows: { session?: string; score: number }[] = []
  const out = (lines: readonly string[]) =>
    void rows.push(...lines.map((line) => JSON.parse(line)).filter(({ session }) => session !== undefined))
  await backtest({ files: [file], config, scores: true, out })
  return rows
}

const TIMES: Readonly<Record<string, (block: Block, i: number) => number>> = {
  'side by side, a block a day': ({ number }, i) => number * DAY + i * 1000,
  'all from one moment, a second a command': ({ number }, i) => (number * LENGTH + i) * 1000,
  'one user after another, a block a day': ({ user, number }, i) => (user * BLOCKS + number) * DAY + i * 1000,
  'one user after another, a second a command': ({ user, number }, i) =>
    ((user * BLOCKS + number) * LENGTH + i) * 1000,
  'all blocks at once': (_, i) => i * 1000,
  'no times at all': () => 0,
}

for (const [name, at] of Object.entries(TIMES))
  t.test(`masquerades are found, and each session has one row: ${name}`, async (t) => {
    const rows = await scored(writeEvents(t.testdir(), 'blocks.ndjson', written(at)))
    const scores = new Map(rows.map(({ session, score }) => [session, score]))
    t.equal(rows.length, blocks.length)
    t.equal(scores.size, blocks.length)
    const judged = blocks.filter(({ number }) => number >= TRAINED)
    const of = (other: boolean) =>
      judged.filter((block) => block.other === other).map((block) => scores.get(idOf(block)) ?? 0)
    const found = hitsAt(of(false), of(true), 0.02)
    t.ok(found > 0.6, `${found.toFixed(2)} of ${of(true).length}`)
  })

t.test(
  'a session that goes on for weeks has one row, and what it shows on later days is learned',
  async (t) => {
    const whole = (block: Block) => (block.number < TRAINED ? `u${block.user}-before` : idOf(block))
    const days = ({ number }: Block, i: number) => number * DAY + i * 1000
    const rows = await scored(writeEvents(t.testdir(), 'blocks.ndjson', written(days, whole)))
    t.equal(rows.length, USERS * (BLOCKS - TRAINED + 1))
    t.equal(new Set(rows.map(({ session }) => session)).size, rows.length)
  },
)

t.test('a full profile is saved in little more than 1 KiB, and read as it was', async (t) => {
  const dice = seeded(5)
  const profile = emptyProfile()
  for (let session = 0; session < 40; session++) {
    const shown = Array.from({ length: 30 }, () => tokenOf(dice.int(9), `name ${dice.int(1000)}`))
    learn(profile, new Map(shown.map((token) => [token, 1 + dice.int(40)])), 1, 0.99)
  }
  t.equal(profile.tokens.length, LARGEST)
  const text = pack(profile)
  t.ok(text.length <= 1100, `${text.length} characters`)
  t.same(unpack(text), { tokens: profile.tokens, weights: profile.weights })
  t.equal(unpack(text.slice(0, -40)), undefined, 'one that was cut is none')
})
