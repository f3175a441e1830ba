import { type BareClient, bareClient } from './postgres/client.ts'
import { type Ways, withDoor } from './postgres/measure.ts'
import type { BenchRow } from './row.ts'

const CLIENTS = 2_000
const AT_ONCE = 20
const KIB = 1024

/** Signed-in clients that ask nothing: what they cost the door, and that they cost the database nothing. */
export const run = (): Promise<BenchRow[]> => withDoor(hold)

async function hold({ door, through, admin }: Ways): Promise<BenchRow[]> {
  const sessions = async () =>
    Number(
      (await admin.query(`SELECT count(*) AS n FROM pg_stat_activity WHERE usename = 'reader'`)).rows[0].n,
    )
  const clients: BareClient[] = []
  const signIn = async (count: number) => {
    for (let left = count; left > 0; left -= AT_ONCE)
      clients.push(
        ...(await Promise.all(Array.from({ length: Math.min(AT_ONCE, left) }, () => bareClient(through)))),
      )
  }
  try {
    // The first ones pay for what the process compiles and keeps once.
    await signIn(100)
    const [memory, cpu, before] = [await door.memory(), await door.cpu(), await sessions()]
    await signIn(CLIENTS)
    const work = ((await door.cpu()) - cpu) / CLIENTS
    const held = await door.memory()
    const each = (now: number, then: number) => (now - then) / CLIENTS / KIB
    const idle = await sessions()
    // None of them was dropped meanwhile: one in fifty asks.
    const asking = clients.filter((_, i) => i % 50 === 0)
    for (const client of asking) {
      const bytes = await client.query('SELECT id, trace_id, customer FROM spans WHERE id = 7')
      if (bytes < 50) throw new Error('a client that had been idle got no row')
    }
    const attached = (await sessions()) - idle
    if (attached !== asking.length)
      throw new Error(`${asking.length} first statements made ${attached} sessions at the database`)
    return [
      { name: 'pg-idle', value: each(held.resident, memory.resident), unit: 'KiB a client' },
      { name: 'pg-idle-live', value: each(held.live, memory.live), unit: 'KiB a client' },
      { name: 'pg-idle-sign-in', value: work, unit: 'µs of the door' },
      { name: 'pg-idle-sessions', value: idle - before, unit: 'at the database' },
    ]
  } finally {
    for (const client of clients) client.end()
  }
}
