import type { Daemon } from '../start.ts'

const DAY = 86_400_000

/** Tokens of the demo's people, made when first asked for. */
export function createCast({ authority: { identity } }: Daemon): (user: string) => Promise<string> {
  const secrets = new Map<string, Promise<string>>()
  return (user) => {
    const known = secrets.get(user)
    if (known) return known
    const secret = identity
      .createToken({ user, ttl: DAY, by: 'demo', label: 'demo' })
      .then((token) => token.secret)
    secrets.set(user, secret)
    return secret
  }
}
