import { createHash } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { z } from 'zod'
import type { Cursor, Store, Version } from '../../collector/port.ts'
import { type Clock, iso } from '../../core/clock.ts'
import type { KeyRing } from '../../core/signing.ts'
import type { Engine } from '../engine/engine.ts'

/**
 * Baselines in the store, signed, one document a user, each with the sequences it covers; and one cursor, written
 * last. A crash in between leaves baselines that are ahead of the cursor: what is read again they already cover.
 */
export interface Checkpoint {
  /** Loads what can be trusted into the engine. */
  load(engine: Engine): Promise<Loaded>
  /** Saves what changed. @throws TW_STORE_CONFLICT where another process wrote: this one must start anew. */
  save(engine: Engine, cursor: Cursor, since: number): Promise<number>
}

export interface Loaded {
  cursor: Cursor
  /** ms: findings before it are history, and alert nobody. Undefined at first start. */
  since: number | undefined
  users: number
  problems: string[]
}

const PAGE = 500
const AT_ONCE = 16
const CURSOR = 'detectors'

const cursorBody = z.object({
  cursor: z.record(z.string(), z.number()),
  since: z.number(),
  shared: z.unknown(),
})
const userBody = z.object({ user: z.string(), packed: z.string().max(64 * 1024) })

/** Numbers in JSON, deflated: a third of their size, and a baseline is written far oftener than looked at. */
const pack = (saved: unknown) => deflateRawSync(JSON.stringify(saved)).toString('base64')
function unpack(packed: string): unknown {
  try {
    const text = inflateRawSync(Buffer.from(packed, 'base64'), { maxOutputLength: 1024 ** 2 }).toString()
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Document ids are short whatever users are called. */
const documentId = (user: string) => `user-${createHash('sha256').update(user).digest('hex').slice(0, 40)}`

export function createCheckpoint(store: Store, keyRing: KeyRing, clock: Clock): Checkpoint {
  const versions = new Map<string, Version>()
  let cursorVersion: Version | undefined
  return {
    async load(engine) {
      versions.clear()
      const problems: string[] = []
      const users: (readonly [string, unknown])[] = []
      let after: string | undefined
      do {
        const page = await store.documents.list<unknown>('baseline', { limit: PAGE, ...(after && { after }) })
        for (const { id, version, body } of page.documents) {
          versions.set(id, version)
          const trusted = userBody.safeParse(keyRing.open('baseline', id, body))
          if (trusted.success && documentId(trusted.data.user) === id)
            users.push([trusted.data.user, unpack(trusted.data.packed)])
          else problems.push(`${id}: not signed by a known key`)
        }
        after = page.next
      } while (after)
      const stored = await store.documents.get<unknown>('cursor', CURSOR)
      cursorVersion = stored?.version
      const saved = cursorBody.safeParse(stored && keyRing.open('cursor', CURSOR, stored.body))
      if (stored && !saved.success) problems.push('cursor: not signed by a known key')
      // Whoever must be rebuilt needs all events again; the others' baselines say what they already cover.
      const whole = saved.success && problems.length === 0
      problems.push(...engine.restore({ users, ...(whole && { shared: saved.data.shared }) }))
      const cursor = whole && problems.length === 0 ? saved.data.cursor : {}
      return { cursor, since: saved.success ? saved.data.since : undefined, users: users.length, problems }
    },
    async save(engine, cursor, since) {
      const at = iso(clock.now())
      const { users, shared } = engine.snapshot()
      const waiting = [...users]
      const work = async () => {
        for (;;) {
          const entry = waiting.pop()
          if (!entry) return
          const [user, saved] = entry
          const id = documentId(user)
          const signed = keyRing.sign('baseline', id, { user, packed: pack(saved) })
          const expect = versions.get(id) ?? 'absent'
          versions.set(id, await store.documents.put('baseline', id, signed, { expect, at }))
        }
      }
      await Promise.all(Array.from({ length: AT_ONCE }, work))
      const signed = keyRing.sign('cursor', CURSOR, { cursor, since, shared })
      const expect = cursorVersion ?? 'absent'
      cursorVersion = await store.documents.put('cursor', CURSOR, signed, { expect, at })
      return users.size
    },
  }
}
