import { join } from 'node:path'
import Database from 'libsql'
import t from 'tap'
import { eventually } from '../support/program.ts'
import { as, createWorld, doorOf, part } from './world.ts'

t.setTimeout(600_000)

/**
 * Somebody else holds the store's file meanwhile: reads go on, no write does. Each write that is tried waits for ten
 * seconds, and what comes behind it too; after a minute nobody would be let in any more.
 */
async function whileLocked(data: string, work: () => Promise<void>): Promise<void> {
  const db = new Database(join(data, 'store.db'))
  db.pragma('busy_timeout = 60000')
  db.exec('begin immediate')
  try {
    await work()
  } finally {
    db.exec('rollback')
    db.close()
  }
}

t.test(
  'a store that takes nothing: what is shown waits on disk, until the disk is full',
  { timeout: 590_000 },
  async (t) => {
    const world = await createWorld(t)
    world.configure({ more: 'spool: { max: 64KiB, segment: 16KiB }\n' })
    const [ann, sam] = await Promise.all([world.token('ann'), world.token('sam')])
    const daemon = await world.start()
    const door = await doorOf(daemon)
    const ids = world.traces.map((trace) => trace.trace_id)
    const read = async (id: string) => {
      const answer = await fetch(`${door}/traces/${id}`, as(ann))
      return { status: answer.status, text: await answer.text() }
    }
    const back = () =>
      eventually(async () => {
        const collector = await part(daemon, 'collector')
        return collector?.ok && collector.detail.includes('everything is in the store') ? true : undefined
      }, 'everything shipped')
    const told = () =>
      eventually(async () => {
        const answer = await fetch(`${daemon.console}/api/v1/events?action=trace-read&limit=500`, as(sam))
        const body = (await answer.json()) as { events?: { tracewarden: { traces?: { ids?: string[] } } }[] }
        return body.events
      }, 'the console, once it knows again who is suspended')
    t.equal((await read(ids[0]!)).status, 200)

    await whileLocked(world.data, async () => {
      const asked = await fetch(`${door}/traces?ids=${ids.slice(0, 3)}`, as(ann))
      t.equal(asked.status, 503, 'an approval cannot be asked for')
      t.match(await asked.json(), { code: /^TW_/, detail: String })
    })
    await back()
    await told()

    const shown: string[] = []
    let refusal: { status: number; text: string } | undefined
    await whileLocked(world.data, async () => {
      for (const id of [...ids, ...ids]) {
        const answer = await read(id)
        if (answer.status === 200) shown.push(id)
        else {
          refusal = answer
          break
        }
      }
    })
    t.ok(shown.length >= 5, `${shown.length} were shown while the store was away`)
    t.equal(refusal?.status, 503, 'then nothing more is shown')
    t.match(JSON.parse(refusal!.text), { code: 'TW_DOOR_UNRECORDED', detail: /disk/ })
    t.notOk(refusal!.text.includes('reasoning'), 'and nothing of the trace is in the refusal')

    await eventually(async () => {
      const { status } = await read(ids[1]!)
      return status === 200 ? true : undefined
    }, 'reads again, by itself')
    await back()
    const events = await told()
    const recorded = new Set(events.flatMap((event) => event.tracewarden.traces?.ids ?? []))
    t.strictSame(
      shown.filter((id) => !recorded.has(id)),
      [],
    )
    t.equal(await daemon.stop(), 0)
    const verified = await world.run('verify')
    t.equal(verified.code, 0, verified.err)
  },
)
