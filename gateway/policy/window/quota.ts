import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Documents, Version } from '../../../collector/port.ts'
import { type Clock, iso } from '../../../core/clock.ts'
import { CodedError } from '../../../core/errors.ts'
import type { Random } from '../../../core/random.ts'
import type { KeyRing, Signed } from '../../../core/signing.ts'
import { fail } from '../errors.ts'

/** What the replicas have reserved of one person's window. */
export interface Quota {
  person: string
  /** By gateway, oldest first. */
  reserved: Readonly<Record<string, readonly Reserved[]>>
}

export interface Reserved {
  /** ms since epoch; it counts for the window's span from there. */
  at: number
  traces: number
}

export interface Quotas {
  /**
   * Reads, decides, writes by compare-and-set; read and decided again where another replica was faster. `change`
   * returns undefined to leave it as it is. Resolves with what then stands.
   * @throws TW_POLICY_QUOTA_FORGED, TW_POLICY_QUOTA_BUSY, TW_STORE_UNAVAILABLE
   */
  update(person: string, change: (quota: Quota) => Quota | undefined): Promise<Quota>
}

const KIND = 'quota'
/** Replicas rarely meet on one person; this many times in a row is a fault. */
const ATTEMPTS = 12

/** Signed by the replica that wrote last: who writes to the store cannot give a person a fresh window. */
export function createQuotas(deps: {
  documents: Documents
  keyRing: KeyRing
  clock: Clock
  random: Random
}): Quotas {
  const { documents, keyRing, clock, random } = deps
  /** As last seen: a document that was removed meanwhile does not make the window empty. */
  const seen = new Map<string, Quota>()

  const read = async (id: string, person: string): Promise<{ quota: Quota; expect: Version | 'absent' }> => {
    const stored = await documents.get<Signed<Quota>>(KIND, id)
    if (!stored) return { quota: seen.get(person) ?? { person, reserved: {} }, expect: 'absent' }
    const quota = keyRing.open<Quota>(KIND, id, stored.body)
    if (!quota) throw fail('TW_POLICY_QUOTA_FORGED', { id })
    return { quota, expect: stored.version }
  }

  return {
    async update(person, change) {
      // The id of a person may be longer than a store takes, and names them.
      const id = createHash('sha256').update(person).digest('hex').slice(0, 32)
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const { quota, expect } = await read(id, person)
        const next = change(quota)
        try {
          if (next)
            await documents.put(KIND, id, keyRing.sign(KIND, id, next), { expect, at: iso(clock.now()) })
          seen.set(person, next ?? quota)
          return next ?? quota
        } catch (error) {
          if (!(error instanceof CodedError && error.code === 'TW_STORE_CONFLICT')) throw error
          // At random times, or the same replica would come second each time.
          await pause((random.bytes(1)[0]! / 255) * Math.min(200, 4 << attempt))
        }
      }
      throw fail('TW_POLICY_QUOTA_BUSY')
    },
  }
}
