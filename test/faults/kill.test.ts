import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { eventually, type Running } from '../support/program.ts'
import { as, createWorld, doorOf, part } from './world.ts'

t.setTimeout(600_000)

/** Reads one trace after the other until the door is gone, and remembers what was shown whole. */
async function keepReading(door: string, token: string, ids: readonly string[]): Promise<string[]> {
  const shown: string[] = []
  for (const id of ids)
    try {
      const answer = await fetch(`${door}/traces/${id}`, as(token))
      const text = await answer.text()
      if (answer.status === 200 && text.includes(id)) shown.push(id)
    } catch {
      return shown
    }
  return shown
}

const ended = (daemon: Running) => new Promise((done) => daemon.child.once('close', done))

t.test(
  'killed in the middle of traffic, it has lost nothing that was shown',
  { timeout: 590_000 },
  async (t) => {
    const world = await createWorld(t)
    const BLOCK = 120
    world.configure({
      hold: '100ms',
      policy: `  limits: { window: 1h, window_approval: ${BLOCK - 1}, window_block: ${BLOCK} }`,
    })
    const [ann, sam] = await Promise.all([world.token('ann'), world.token('sam')])
    const first = await world.start()
    const door = await doorOf(first)
    const ids = world.traces.map((trace) => trace.trace_id)
    const readers = [0, 1, 2, 3].map((n) => keepReading(door, ann, ids.slice(n * 25, n * 25 + 25)))
    await eventually(async () => {
      const answer = await fetch(`${first.console}/api/v1/events?action=trace-read&limit=100`, as(sam))
      const { events } = (await answer.json()) as { events: unknown[] }
      return events.length >= 20 ? true : undefined
    }, 'traffic')
    first.child.kill('SIGKILL')
    await ended(first)
    const shown = new Set((await Promise.all(readers)).flat())
    t.ok(shown.size >= 15, `${shown.size} were shown`)

    const second = await world.start()
    const api = async (path: string) => {
      const answer = await fetch(`${second.console}/api/v1${path}`, as(sam))
      return (await answer.json()) as {
        events: { event: { outcome: string }; tracewarden: { traces?: { ids?: string[] } } }[]
        sessions: { session: string }[]
      }
    }
    await t.test('every trace that was shown stands in the store', async (t) => {
      await eventually(async () => {
        const detail = (await part(second, 'collector'))?.detail
        return detail?.includes('everything is in the store') ? true : undefined
      }, 'the spool shipped')
      const { events } = await api('/events?action=trace-read&limit=500')
      const recorded = new Set(events.flatMap((event) => event.tracewarden.traces?.ids ?? []))
      t.strictSame(
        [...shown].filter((id) => !recorded.has(id)),
        [],
      )
    })

    await t.test('its recordings are sealed, and hold it', async (t) => {
      t.strictSame(
        readdirSync(join(world.data, 'spool', 'recordings')).filter((name) => name.endsWith('.part')),
        [],
      )
      const { sessions } = await api('/sessions?user=ann')
      const replayed = await world.run(
        'replay',
        sessions[0]!.session,
        '--as',
        'sam',
        '--reason',
        'killed',
        '--json',
      )
      t.equal(replayed.code, 0, replayed.err)
      t.strictSame(
        [...shown].filter((id) => !replayed.out.includes(id)),
        [],
      )
      t.notOk(replayed.err.includes('still open'))
    })

    await t.test('the budget of the window is not a fresh one', async (t) => {
      const reopened = await doorOf(second)
      const statuses: number[] = []
      for (const id of ids.slice(100, 200)) {
        const answer = await fetch(`${reopened}/traces/${id}`, as(ann))
        await answer.text()
        statuses.push(answer.status)
        if (answer.status !== 200) break
      }
      t.not(statuses.at(-1), 200, 'refused before as many again were read')
      t.ok(statuses.length + shown.size <= BLOCK + 1, `${shown.size} before, ${statuses.length} after`)
    })

    t.equal(await second.stop(), 0)
    const verified = await world.run('verify')
    t.equal(verified.code, 0, verified.err)
    t.notOk(existsSync(join(world.data, 'dead-letter.ndjson')))
  },
)

t.test(
  'asked to end under load, it finishes what is under way and ends with 0',
  { timeout: 590_000 },
  async (t) => {
    const world = await createWorld(t)
    const ann = await world.token('ann')
    const daemon = await world.start()
    const door = await doorOf(daemon)
    const ids = world.traces.map((trace) => trace.trace_id)
    const broken: string[] = []
    let answered = 0
    const readers = Array.from({ length: 8 }, async (_, n) => {
      for (const id of ids.slice(n * 20, n * 20 + 20)) {
        let answer: Response
        try {
          answer = await fetch(`${door}/traces/${id}`, as(ann))
        } catch {
          return
        }
        // What has begun is whole.
        await answer.json().then(
          () => answered++,
          (error: unknown) => broken.push(String(error)),
        )
      }
    })
    await eventually(async () => (answered > 10 ? true : undefined), 'traffic')
    t.equal(await daemon.stop(), 0)
    await Promise.all(readers)
    t.strictSame(broken, [])
    const verified = await world.run('verify')
    t.equal(verified.code, 0, verified.err)
    t.match(verified.out, /^gw~\w+: \d+ records/m)
  },
)
