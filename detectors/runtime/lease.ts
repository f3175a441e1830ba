import type { Store, Version } from '../../collector/port.ts'
import type { Clock } from '../../core/clock.ts'
import { iso } from '../../core/clock.ts'
import { CodedError } from '../../core/errors.ts'

/**
 * One process detects, others stand by. The lease is a document that is replaced by its version, so two cannot hold
 * it; its fence grows with every holder. Whoever cannot renew in time stops writing before another may begin: the
 * holder's own clock for that is monotonic. Baselines are written by version too, so a holder that slept through its
 * lease overwrites nothing.
 */
export interface Lease {
  /** Takes or renews it. False: somebody else holds it. */
  hold(): Promise<boolean>
  /** Whether it may be relied on at this moment. */
  held(): boolean
  release(): Promise<void>
}

interface Body {
  holder: string
  /** ms, wall clock. */
  until: number
  fence: number
}

const TTL = 15_000
/** What clocks of two machines may differ by, and a write may take. */
const MARGIN = 5_000

export const isConflict = (error: unknown): boolean =>
  error instanceof CodedError && error.code === 'TW_STORE_CONFLICT'

export function createLease(store: Store, name: string, holder: string, clock: Clock): Lease {
  let version: Version | undefined
  let renewed = -Infinity
  const held = () => version !== undefined && clock.monotonic() - renewed < TTL - MARGIN
  return {
    held,
    async hold() {
      if (held() && clock.monotonic() - renewed < TTL / 3) return true
      const started = clock.monotonic()
      const now = clock.now()
      const current = await store.documents.get<Body>('lease', name)
      const mine = current?.body.holder === holder && current.version === version
      if (current && !mine && current.body.until + MARGIN > now) {
        version = undefined
        return false
      }
      const body: Body = { holder, until: now + TTL, fence: (current?.body.fence ?? 0) + (mine ? 0 : 1) }
      try {
        const expect = current?.version ?? 'absent'
        version = await store.documents.put('lease', name, body, { expect, at: iso(now) })
        renewed = started
        return true
      } catch (error) {
        version = undefined
        if (isConflict(error)) return false
        throw error
      }
    },
    async release() {
      if (version === undefined) return
      const expect = version
      version = undefined
      try {
        await store.documents.remove('lease', name, expect)
      } catch (error) {
        if (!isConflict(error)) throw error
      }
    },
  }
}
