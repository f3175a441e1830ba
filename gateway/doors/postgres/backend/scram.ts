import { createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import type { Random } from '../../../../core/random.ts'
import { fail } from '../errors.ts'

/** Salted passwords, so that a door that attaches many sessions pays for the iterations once. */
export type SaltedPasswords = Map<string, Promise<Buffer>>

const derive = promisify(pbkdf2)
/** Far beyond what servers use; a hostile one must not keep the thread pool busy. */
const MAX_ITERATIONS = 1_000_000
const NO_BINDING = 'n,,'

const hmac = (key: Buffer, text: string | Buffer) => createHmac('sha256', key).update(text).digest()

/**
 * SCRAM-SHA-256 (RFC 5802, 7677) as the client. The user's name is empty: PostgreSQL takes that of the startup packet.
 * Passwords beyond ASCII are sent as they are, which is what servers fall back to.
 */
export function scramClient(password: string, random: Random, known: SaltedPasswords) {
  const nonce = random.bytes(18).toString('base64')
  const first = `n=,r=${nonce}`
  let proven: Buffer | undefined
  return {
    first: `${NO_BINDING}${first}`,
    /** The answer to the server's challenge. @throws TW_PG_BACKEND_AUTH */
    async answer(challenge: string): Promise<string> {
      const match = /^r=([^,]+),s=([^,]+),i=(\d{1,8})$/.exec(challenge)
      if (!match) throw fail('TW_PG_BACKEND_AUTH', { problem: 'its challenge is malformed' })
      const [, both = '', salt = '', count = ''] = match
      const iterations = Number(count)
      if (!both.startsWith(nonce) || both.length === nonce.length || iterations < 1)
        throw fail('TW_PG_BACKEND_AUTH', { problem: 'its challenge answers another exchange' })
      if (iterations > MAX_ITERATIONS)
        throw fail('TW_PG_BACKEND_AUTH', { problem: 'it asks for too many iterations' })
      const salted = await saltedPassword(salt, iterations)
      const final = `c=${Buffer.from(NO_BINDING).toString('base64')},r=${both}`
      const signed = `${first},${challenge},${final}`
      const clientKey = hmac(salted, 'Client Key')
      const storedKey = createHash('sha256').update(clientKey).digest()
      const signature = hmac(storedKey, signed)
      const proof = Buffer.from(clientKey.map((byte, i) => byte ^ signature[i]!))
      proven = hmac(hmac(salted, 'Server Key'), signed)
      return `${final},p=${proof.toString('base64')}`
    },
    /** Whether the server knows the password, too. @throws TW_PG_BACKEND_AUTH */
    verify(final: string): void {
      const given = Buffer.from(/^v=([^,]+)/.exec(final)?.[1] ?? '', 'base64')
      if (!proven || given.length !== proven.length || !timingSafeEqual(given, proven))
        throw fail('TW_PG_BACKEND_AUTH', { problem: 'it cannot prove that it knows the password' })
    },
  }

  function saltedPassword(salt: string, iterations: number): Promise<Buffer> {
    const key = `${iterations} ${salt}`
    let salted = known.get(key)
    if (!salted) {
      salted = derive(password, Buffer.from(salt, 'base64'), iterations, 32, 'sha256')
      known.set(key, salted)
    }
    return salted
  }
}
