import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Cursor, Store, Version } from '../../collector/port.ts'
import { type Clock, iso } from '../../core/clock.ts'
import type { KeyRing } from '../../core/signing.ts'
import type { Engine } from '../engine/options.ts'
import { pack, unpack } from './packed.ts'
import { partitionOf } from './partitions.ts'

/**
 * Baselines in the store, signed, one document a user, each with the sequences it covers; and one cursor a partition,
 * written last. A crash in between leaves baselines that are ahead of the cursor: what is read again they already
 * cover. Partitions of different cursors are read together from where the last of them stands.
 */
export interface Checkpoint {
  /** Loads what can be trusted of these partitions into the engine. */
  load(engine: Engine, partitions: readonly number[]): Promise<Loaded>
  /** Saves what changed. @throws TW_STORE_CONFLICT where another process wrote: this one must start anew. */
  save(engine: Engine, cursor: Cursor, since: number): Promise<number>
  /** Saves what is known of these users, who are then ahead of the cursor. */
  saveUsers(engine: Engine, users: ReadonlySet<string>): Promise<void>
}

export interface Loaded {
  cursor: Cursor
  /** ms: findings before it are history, and alert nobody. Undefined at first start. */
  since: number | undefined
  users: number
  problems: string[]
}

const PAGE = 500
/** Baselines written at once: the store makes one request of them. */
const AT_ONCE = 200

const cursorBody = z.object({
  cursor: z.record(z.string(), z.number()),
  since: z.number(),
  shared: z.unknown(),
})
const userBody = z.object({
  user: z.string(),
  packed: z.string().max(64 * 1024),
  names: z.literal(1).optional(),
})

/** Document ids are short whatever users are called. */
const documentId = (user: string) => `user-${createHash('sha256').update(user).digest('hex').slice(0, 40)}`

const cursorId = (partition: number) => `detectors-${partition}`

/** `beat` is waited for while it takes long, so that the lease does not run out. */
export function createCheckpoint(
  store: Pick<Store, 'documents'>,
  keyRing: KeyRing,
  clock: Clock,
  beat: () => Promise<unknown>,
): Checkpoint {
  const { documents } = store
  const versions = new Map<string, Version>()
  const cursors = new Map<number, Version | undefined>()

  /** All are looked at, whosever they are: a key to find them by could be changed by whoever can write to the store. */
  const loadUsers = async (engine: Engine, wanted: ReadonlySet<number>) => {
    const problems: string[] = []
    let users = 0
    let after: string | undefined
    do {
      const page = await documents.list<unknown>('baseline', { limit: PAGE, ...(after && { after }) })
      const found: (readonly [string, unknown])[] = []
      for (const { id, version, body } of page.documents) {
        const trusted = userBody.safeParse(keyRing.open('baseline', id, body))
        if (trusted.success && documentId(trusted.data.user) === id) {
          if (!wanted.has(partitionOf(trusted.data.user))) continue
          found.push([trusted.data.user, unpack(trusted.data)])
        } else problems.push(`${id}: not signed by a known key`)
        versions.set(id, version)
      }
      users += found.length
      problems.push(...engine.restore({ users: found }))
      after = page.next
      await beat()
    } while (after)
    return { users, problems }
  }

  const put = async (users: ReadonlyMap<string, unknown>, at: string) => {
    const waiting = [...users]
    const keep = async ([user, saved]: (typeof waiting)[number]) => {
      const id = documentId(user)
      const signed = keyRing.sign('baseline', id, { user, ...pack(saved) })
      const expect = versions.get(id) ?? 'absent'
      versions.set(id, await documents.put('baseline', id, signed, { expect, at }))
    }
    for (let i = 0; i < waiting.length; i += AT_ONCE) {
      await Promise.all(waiting.slice(i, i + AT_ONCE).map(keep))
      await beat()
    }
  }

  return {
    async load(engine, partitions) {
      versions.clear()
      cursors.clear()
      const problems: string[] = []
      const saved: z.infer<typeof cursorBody>[] = []
      for (const partition of partitions) {
        const id = cursorId(partition)
        const stored = await documents.get<unknown>('cursor', id)
        cursors.set(partition, stored?.version)
        const parsed = cursorBody.safeParse(stored && keyRing.open('cursor', id, stored.body))
        if (parsed.success) saved.push(parsed.data)
        else if (stored) problems.push(`${id}: not signed by a known key`)
      }
      const { users, problems: unread } = await loadUsers(engine, new Set(partitions))
      problems.push(...unread)
      // Whoever must be rebuilt needs all events again; the others' baselines say what they already cover.
      const whole = saved.length === partitions.length && problems.length === 0
      if (whole) problems.push(...engine.restore({ users: [], shared: saved.map(({ shared }) => shared) }))
      const cursor = whole && problems.length === 0 ? earliest(saved.map(({ cursor }) => cursor)) : {}
      const since = saved.length ? Math.min(...saved.map(({ since }) => since)) : undefined
      return { cursor, since, users, problems }
    },
    async save(engine, cursor, since) {
      const at = iso(clock.now())
      const { users, shared } = engine.snapshot()
      await put(users, at)
      const write = async ([partition, version]: readonly [number, Version | undefined]) => {
        const id = cursorId(partition)
        const signed = keyRing.sign('cursor', id, { cursor, since, shared })
        cursors.set(partition, await documents.put('cursor', id, signed, { expect: version ?? 'absent', at }))
      }
      await Promise.all([...cursors].map(write))
      return users.size
    },
    saveUsers: (engine, users) => put(engine.snapshot(users).users, iso(clock.now())),
  }
}

/** Of each chain the least; a chain that one of them does not know is read from its beginning. */
function earliest(cursors: readonly Cursor[]): Cursor {
  const [first = {}, ...others] = cursors
  const known = Object.entries(first).filter(([chain]) =>
    others.every((other) => Object.hasOwn(other, chain)),
  )
  return Object.fromEntries(
    known.map(([chain, at]) => [chain, Math.min(at, ...others.map((other) => other[chain] ?? 0))]),
  )
}
