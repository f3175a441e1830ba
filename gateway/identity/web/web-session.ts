import { iso } from '../../../core/clock.ts'
import { newId } from '../../../core/ids.ts'
import type { WebSession } from '../cookies.ts'
import type { SignedIn } from '../identity.ts'
import type { IdentityDeps, Prover } from '../prove.ts'

/**
 * Every sign-in makes a session and a cookie of its own, whatever the browser brought along: a cookie that somebody
 * planted before is never the one that becomes good (session fixation).
 */
export async function openSession(
  proven: Pick<WebSession, 'person' | 'proof' | 'authenticated' | 'method' | 'provider' | 'hint'> & {
    /** Absent where the session itself is all there is. */
    credential?: string
    user: string
    /** ms since epoch. */
    expires: number
  },
  prover: Prover,
  { clock, random }: Pick<IdentityDeps, 'clock' | 'random'>,
): Promise<SignedIn> {
  const id = `web_${newId(clock, random)}`
  const { user, expires, credential = id, ...rest } = proven
  const record: WebSession = { ...rest, id, credential, expires: iso(expires) }
  await prover.sessions.create(record, { user }, record.expires)
  const cookie = prover.seal.seal({ id, person: record.person, credential, expires })
  return { cookie, expires, identity: (await prover.cookie(cookie)).identity }
}
