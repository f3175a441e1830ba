import { z } from 'zod'
import type { Random } from '../../../core/random.ts'
import type { MasterKey } from '../../../core/secrets.ts'
import { Seal } from '../seal.ts'

/**
 * A sign-in under way: begun in one browser, and only that browser can end it, because what the answer must match
 * (state, nonce, PKCE verifier; SAML request id) is sealed in its cookie.
 */
export type Pending = z.infer<typeof pending>

const common = {
  provider: z.string(),
  /** Where to go afterwards: a path of the port that began. */
  next: z.string(),
  fresh: z.boolean(),
  /** ms since epoch. */
  started: z.number(),
}

const pending = z.discriminatedUnion('kind', [
  z.strictObject({
    ...common,
    kind: z.literal('oidc'),
    state: z.string(),
    nonce: z.string(),
    verifier: z.string(),
  }),
  z.strictObject({ ...common, kind: z.literal('saml'), request: z.string() }),
])

/** How long a person may take at the provider, ms. */
export const PATIENCE = 10 * 60e3

export const pendingSeal = (master: MasterKey, random: Random): Seal<Pending> =>
  new Seal({ version: 'p1', purpose: 'sign-in', longest: 4096 }, pending, master, random)

/**
 * What a SAML response proved, between the request that brought it, which another site caused and which therefore came
 * without cookies, and the next, which brings them. Worth nothing without the cookie of the browser that began.
 */
export type Ticket = z.infer<typeof ticket>

const ticket = z.strictObject({
  claimed: z.strictObject({
    provider: z.string(),
    subject: z.string(),
    user: z.string(),
    email: z.string().optional(),
    name: z.string().optional(),
    groups: z.array(z.string()),
    team: z.string().optional(),
    timezone: z.string().optional(),
    kind: z.enum(['human', 'service']),
  }),
  request: z.string(),
  authenticated: z.number(),
  sessionEnds: z.number().optional(),
  /** ms since epoch. */
  made: z.number(),
})

/** How long a ticket is good, ms: the browser comes back at once. */
export const TICKET = 60e3

export const ticketSeal = (master: MasterKey, random: Random): Seal<Ticket> =>
  new Seal({ version: 't1', purpose: 'saml-ticket', longest: 12 * 1024 }, ticket, master, random)

/** Lax: it must come along when the provider sends the browser back, a cross-site navigation. */
export const pendingName = (secure: boolean): string =>
  secure ? '__Host-tracewarden-sign-in' : 'tracewarden-sign-in'
