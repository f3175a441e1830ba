import { z } from 'zod'
import type { Store, Version } from '../../collector/port.ts'
import type { Clock } from '../../core/clock.ts'
import { iso } from '../../core/clock.ts'
import { CodedError } from '../../core/errors.ts'
import { PARTITIONS } from './partitions.ts'

/**
 * Who detects for whom: one table of all processes and of all partitions, replaced by its version, so two cannot hold
 * one partition.
 *
 *   member   a process that renewed lately; whoever does not is gone, and what it held is free
 *   share    the partitions of a member: as many as another's, give or take one. Whoever has more gives them up once
 *            they are saved; whoever has fewer takes what is free
 *   fence    grows with every change of a partition's holder
 *
 * Whoever cannot renew in time stops writing before another may begin: a holder's own clock for that is monotonic.
 * Baselines and cursors are written by version too, so a holder that slept through its lease overwrites nothing.
 */
export interface Lease {
  /** Takes, or renews, a share. Empty: others hold everything. */
  hold(): Promise<Share>
  /** Whether it may be relied on at this moment. */
  held(): boolean
  /** Partitions beyond a fair share, for whoever came later. */
  surplus(): readonly number[]
  /** Gives partitions up, or everything. */
  release(partitions?: readonly number[]): Promise<void>
}

/** Fence by partition. */
export type Share = ReadonlyMap<number, number>

const slot = z.object({ holder: z.string(), fence: z.number() })
const table = z.object({
  /** By holder: ms of the wall clock until which it is a member. */
  members: z.record(z.string(), z.number()),
  partitions: z.array(slot).length(PARTITIONS),
})
type Table = z.infer<typeof table>

const empty = (): Table => ({
  members: {},
  partitions: Array.from({ length: PARTITIONS }, () => ({ holder: '', fence: 0 })),
})

export interface LeaseTimes {
  /** ms that a share is held without being renewed. */
  ttl: number
  /** ms: what clocks of two machines may differ by, and a write may take. */
  margin: number
}

export const TIMES: LeaseTimes = { ttl: 15_000, margin: 5_000 }
const NOTHING: Share = new Map()

export const isConflict = (error: unknown): boolean =>
  error instanceof CodedError && error.code === 'TW_STORE_CONFLICT'

export function createLease(
  store: Pick<Store, 'documents'>,
  name: string,
  holder: string,
  clock: Clock,
  { ttl, margin }: LeaseTimes = TIMES,
): Lease {
  let share = NOTHING
  let beyond: readonly number[] = []
  let renewed = -Infinity
  const held = () => share.size > 0 && clock.monotonic() - renewed < ttl - margin

  const read = async (): Promise<{ current: Table; version: Version | undefined }> => {
    const stored = await store.documents.get<unknown>('lease', name)
    const parsed = table.safeParse(stored?.body)
    return { current: parsed.success ? parsed.data : empty(), version: stored?.version }
  }
  const write = (next: Table, version: Version | undefined, now: number) =>
    store.documents.put('lease', name, next, { expect: version ?? 'absent', at: iso(now) })

  return {
    held,
    surplus: () => beyond,
    async hold() {
      if (held() && clock.monotonic() - renewed < ttl / 3) return share
      const started = clock.monotonic()
      const now = clock.now()
      const { current, version } = await read()
      const next = deal(current, holder, now, { ttl, margin })
      const idle = next.share.size === 0 && (current.members[holder] ?? 0) > now + (ttl * 2) / 3
      try {
        if (!idle) await write(next.table, version, now)
        share = next.share
        beyond = next.beyond
        renewed = started
      } catch (error) {
        // Somebody else was faster: what is held until then is held, the rest is dealt at the next look.
        if (!isConflict(error)) throw error
        if (!held()) share = NOTHING
      }
      return share
    },
    async release(partitions) {
      if (share.size === 0) return
      const given = new Set(partitions ?? share.keys())
      share = new Map([...share].filter(([partition]) => !given.has(partition)))
      beyond = []
      for (;;) {
        const { current, version } = await read()
        if (version === undefined) return
        for (const [partition, one] of current.partitions.entries())
          if (given.has(partition) && one.holder === holder) one.holder = ''
        if (partitions === undefined) delete current.members[holder]
        try {
          await write(current, version, clock.now())
          return
        } catch (error) {
          if (!isConflict(error)) throw error
        }
      }
    },
  }
}

/** The table as it is after this member's turn. */
function deal(
  { members, partitions }: Table,
  holder: string,
  now: number,
  { ttl, margin }: LeaseTimes,
): { table: Table; share: Share; beyond: number[] } {
  const alive = Object.fromEntries(
    Object.entries(members).filter(([name, until]) => name !== holder && until + margin > now),
  )
  alive[holder] = now + ttl
  const names = Object.keys(alive).sort()
  const fair = Math.floor(PARTITIONS / names.length)
  const due = fair + (names.indexOf(holder) < PARTITIONS % names.length ? 1 : 0)
  const mine = partitions.flatMap((one, partition) => (one.holder === holder ? [partition] : []))
  const free = partitions.flatMap((one, partition) => (Object.hasOwn(alive, one.holder) ? [] : [partition]))
  const taken = new Set(free.slice(0, Math.max(0, due - mine.length)))
  const dealt = partitions.map((one, partition) =>
    taken.has(partition) ? { holder, fence: one.fence + 1 } : one,
  )
  const share = new Map<number, number>()
  for (const [partition, one] of dealt.entries()) if (one.holder === holder) share.set(partition, one.fence)
  return { table: { members: alive, partitions: dealt }, share, beyond: mine.slice(due) }
}
