import type { Clock } from '../../../core/clock.ts'
import type { Grant } from '../../approvals/approval.ts'
import { claim } from '../inquiry/approve.ts'
import type { Door } from './door-context.ts'
import type { S3Request } from './s3-request.ts'

/**
 * A *download* is one reading of one copy in one session, in however many ranges: clients fetch large objects in
 * parallel pieces, and a grant for one use is used once by all of them.
 */
export interface Downloads {
  /** The grant that this session's download of this copy goes by. */
  grant(x: S3Request, copy: string): Grant | undefined
  /** Spends a use of the grant, once a download. @throws TW_DOOR_GRANT_SPENT */
  claim(door: Door, x: S3Request, copy: string, traceIds: readonly string[]): Promise<void>
  sweep(): void
}

/** After which the next piece is a new download, ms. */
const LASTS = 15 * 60_000

export function createDownloads(clock: Clock): Downloads {
  const open = new Map<string, { grant: Grant; until: number; claimed: Promise<void> }>()
  const keyOf = (x: S3Request, copy: string) => `${x.session?.id ?? ''}\n${copy}`
  const live = (key: string) => {
    const found = open.get(key)
    const ends = found && Math.min(found.until, Date.parse(found.grant.expires))
    return ends !== undefined && ends > clock.now() ? found : undefined
  }
  return {
    grant: (x, copy) => live(keyOf(x, copy))?.grant,
    async claim(door, x, copy, traceIds) {
      if (!x.grant || x.claimed) return
      const key = keyOf(x, copy)
      const known = live(key)
      if (known && known.grant.id === x.grant.id) {
        await known.claimed
        x.claimed = true
        return
      }
      const claimed = claim(door, x, traceIds)
      open.set(key, { grant: x.grant, until: clock.now() + LASTS, claimed })
      try {
        await claimed
      } catch (error) {
        open.delete(key)
        throw error
      }
    },
    sweep() {
      for (const key of open.keys()) if (!live(key)) open.delete(key)
    },
  }
}
