import { iso } from '../../core/clock.ts'
import type { IdentityConfig } from '../config.ts'
import { fail } from './errors.ts'
import { identityEvent } from './events.ts'
import type { IdentityService, NewToken, S3Key } from './identity.ts'
import { counted } from './metrics.ts'
import { type IdentityDeps, Prover } from './prove.ts'
import { secretAccessKey } from './s3-keys.ts'
import { Suspensions } from './suspensions.ts'
import { type AnyTokenRecord, newS3Key, newToken, summaryOf } from './tokens.ts'
import type { Proof } from './verified.ts'
import { openSession } from './web/web-session.ts'
import { WebSignIns } from './web/web-sign-in.ts'

export type { IdentityDeps } from './prove.ts'

const SWEEP = 3600e3

export function createIdentity(config: IdentityConfig, deps: IdentityDeps): IdentityService {
  const { clock, log, master } = deps
  const suspensions = new Suspensions(deps)
  const prover = new Prover(config, deps, suspensions)
  const web = new WebSignIns(config, prover, deps)
  const { tokens, sessions, verified } = prover
  let swept = clock.monotonic()

  /** Restrictive acts come first and are told after; giving acts are told before, or do not happen. */
  async function told(event: Parameters<typeof identityEvent>[1], act: () => Promise<void>): Promise<void> {
    await deps.emit(identityEvent(clock, event))
    try {
      await act()
    } catch (error) {
      await deps.emit(identityEvent(clock, { ...event, failed: true, reason: 'the store did not take it' }))
      throw error
    }
  }

  function create(input: NewToken, record: AnyTokenRecord): Promise<void> {
    const target = { user: input.user, credential: record.id, expires: record.expires }
    const reason = input.by === input.user ? {} : { reason: `made for ${input.user} by ${input.by}` }
    return told({ action: 'token-create', by: input.by, target, ...reason }, () =>
      tokens.create(record, { user: record.user }, record.created),
    )
  }

  return {
    async start() {
      await suspensions.start(() => {
        if (clock.monotonic() - swept < SWEEP) return
        swept = clock.monotonic()
        sessions
          .sweep(iso(clock.now()))
          .then(() => web.sweep())
          .catch((error: unknown) => log.warn({ err: error }, 'ended sign-ins not swept'))
      })
    },
    stop: () => suspensions.stop(),
    refresh: () => suspensions.refresh(),
    reconfigure(next) {
      config = next
      prover.reconfigure(next)
      web.reconfigure(next)
    },
    authenticate: async (credential, thumbprint) =>
      (prover.cached('bearer', credential, thumbprint) ?? (await prover.bearer(credential, { thumbprint })))
        .identity,
    authenticateCached: (credential, thumbprint) => prover.cached('bearer', credential, thumbprint)?.identity,
    certificate({ names, thumbprint, expires }) {
      const person = prover.people.certified(names)
      if (!person) throw fail('TW_AUTH_CERTIFICATE_UNKNOWN')
      if (expires <= clock.now()) throw fail('TW_AUTH_EXPIRED')
      // A key on a machine proves itself, whoever sits there: it makes no sign-in fresh.
      return {
        person,
        credential: { id: `x5t:${thumbprint}`, kind: 'certificate', expires, authenticated: 0 },
      }
    },
    signIn: (credential) =>
      counted(deps.metrics, 'token', async () => {
        const { identity, from } = await prover.bearer(credential)
        const now = clock.now()
        return openSession(
          {
            person: identity.person.id,
            user: identity.person.user,
            credential: identity.credential.id,
            proof: from,
            // Presenting a Tracewarden token is all the proof there is; a provider says when its person signed in.
            authenticated: 'user' in from ? now : identity.credential.authenticated,
            method: 'token',
            expires: Math.min(now + config.session.ttl, identity.credential.expires),
          },
          prover,
          deps,
        )
      }),
    web,
    fromCookie: async (cookie) => (prover.cached('cookie', cookie) ?? (await prover.cookie(cookie))).identity,
    fromCookieCached: (cookie) => prover.cached('cookie', cookie)?.identity,
    person: (user) => prover.people.user(user),
    async createToken(input) {
      prover.configured(input.user)
      const { credential, record } = newToken(input, config.tokens.max_ttl, deps)
      await create(input, record)
      return { id: record.id, secret: credential, expires: Date.parse(record.expires) }
    },
    async createS3Key(input) {
      prover.configured(input.user)
      const record = newS3Key(input, config.tokens.max_ttl, deps)
      await create(input, record)
      return {
        accessKeyId: record.id,
        secretAccessKey: secretAccessKey(master, record.id),
        expires: Date.parse(record.expires),
      }
    },
    s3Key: async (id) => keyOf(prover.cached('s3-key', id) ?? (await prover.s3Key(id)))!,
    s3KeyCached: (id) => keyOf(prover.cached('s3-key', id)),
    async revokeToken(id, by) {
      const record = await tokens.revoke(id, iso(clock.now()))
      verified.forget(id)
      if (!record) throw fail('TW_AUTH_TOKEN_UNKNOWN')
      const target = { user: record.user, credential: id }
      await deps.emit(identityEvent(clock, { action: 'token-revoke', by, target }))
    },
    async tokens(user) {
      return (await tokens.list(user === undefined ? undefined : { user })).map(summaryOf)
    },
    async suspend(user, by, reason) {
      checkReason(user, reason)
      await suspensions.set({ user, suspended: true, by, reason })
      await deps.emit(identityEvent(clock, { action: 'user-suspend', by, target: { user }, reason }))
    },
    async restore(user, by, reason) {
      checkReason(user, reason)
      await told({ action: 'user-restore', by, target: { user }, reason }, () =>
        suspensions.set({ user, suspended: false, by, reason }),
      )
    },
    suspended: (user) => suspensions.refusal(user) !== undefined,
    refusal: (user) => suspensions.refusal(user),
  }
}

const keyOf = (proof: Proof | undefined): S3Key | undefined =>
  proof?.secret === undefined ? undefined : { secret: proof.secret, identity: proof.identity }

function checkReason(user: string, reason: string): void {
  if (user.length === 0 || user.length > 500) throw fail('TW_AUTH_INPUT', { field: 'user' })
  if (reason.trim().length === 0 || reason.length > 500) throw fail('TW_AUTH_INPUT', { field: 'reason' })
}
