import type { Documents, Version } from '../../../collector/port.ts'
import { CodedError } from '../../../core/errors.ts'
import type { KeyRing, Signed } from '../../../core/signing.ts'
import { fail } from '../errors.ts'
import type { published } from '../published.ts'
import type { Accepted } from './guard.ts'

/** The policy in force, as all replicas agree on it; what it replaced is in the events. */
export interface VersionRecord {
  version: number
  hash: string
  at: string
  by: string
  via: string
  /** Without secrets: what the next change, also one made while nothing ran, is compared with. */
  config: ReturnType<typeof published>
  /** The file it was read from, where there was one. */
  file?: Accepted
}

const KIND = 'policy-version'
const ID = 'current'

export interface VersionStore {
  /** @throws TW_POLICY_VERSION_FORGED if it is not signed or older than `held`. */
  read(held: number): Promise<{ record: VersionRecord; expect: Version } | undefined>
  /** @throws TW_POLICY_STALE: somebody else was faster. */
  write(record: VersionRecord, expect: Version | 'absent'): Promise<void>
}

export function createVersionStore(documents: Documents, keyRing: KeyRing): VersionStore {
  return {
    async read(held) {
      const stored = await documents.get<Signed<VersionRecord>>(KIND, ID)
      if (!stored) return undefined
      const record = keyRing.open<VersionRecord>(KIND, ID, stored.body)
      if (!record || record.version < held) throw fail('TW_POLICY_VERSION_FORGED', { held })
      return { record, expect: stored.version }
    },
    async write(record, expect) {
      try {
        await documents.put(KIND, ID, keyRing.sign(KIND, ID, record), { expect, at: record.at })
      } catch (error) {
        if (!(error instanceof CodedError && error.code === 'TW_STORE_CONFLICT')) throw error
        throw fail('TW_POLICY_STALE', { found: 'a newer one', held: record.version - 1 }, error)
      }
    },
  }
}
