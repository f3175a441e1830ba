import type { Socket } from 'node:net'
import { CodedError } from '../../../../core/errors.ts'
import type { PeerCertificate } from '../../../identity/identity.ts'
import { peerOf } from '../../../identity/peer.ts'
import type { Identity } from '../../../identity/person.ts'
import type { PostgresDoor } from '../door-context.ts'
import { fail } from '../errors.ts'
import { Fields, type MessageInbox } from '../wire/inbox.ts'
import { FRONTEND } from '../wire/types.ts'
import { authentication } from '../wire/write.ts'
import type { Startup } from './startup.ts'

const CLEARTEXT_PASSWORD = 3
/** A token that can be revoked is looked at again at a statement this long after, ms. */
const RECHECK = 1_000

export type Recheck = () => Promise<void> | undefined

export interface Proven {
  identity: Identity
  /** Of a credential that can be revoked while the connection lasts. */
  recheck?: Recheck
}

/**
 * Who this is: by a client certificate that names the very user who is given, as PostgreSQL's `cert` has it; else by
 * the password, which is a token: a Tracewarden token or an OIDC access token. SCRAM cannot carry one: it never sends it.
 * @throws TW_AUTH_…, TW_PG_UNAUTHENTICATED, TW_PG_DATABASE
 */
export async function authenticated(
  door: PostgresDoor,
  socket: Socket,
  inbox: MessageInbox,
  startup: Startup,
): Promise<Proven> {
  const peer = door.connection.tls?.client_ca === undefined ? undefined : peerOf(socket)
  const own = peer && certified(door, peer, startup.user)
  const proven = own ? { identity: own } : await byPassword(door, socket, inbox, peer)
  const refusal = door.identity.refusal(proven.identity.person.user)
  if (refusal) throw refusal
  // Only those who may come in learn what the database is called. Clients without a database name send the user's.
  const { database } = door.connection.backend
  if (!['', database, startup.user].includes(startup.database)) throw fail('TW_PG_DATABASE', { database })
  return proven
}

/** A certificate that is nobody's, or another's than the user's, only comes along with a token. */
function certified(door: PostgresDoor, peer: PeerCertificate, user: string): Identity | undefined {
  try {
    const identity = door.identity.certificate(peer)
    return identity.person.user === user ? identity : undefined
  } catch (error) {
    if (error instanceof CodedError && error.code === 'TW_AUTH_CERTIFICATE_UNKNOWN') return undefined
    throw error
  }
}

async function byPassword(
  door: PostgresDoor,
  socket: Socket,
  inbox: MessageInbox,
  peer: PeerCertificate | undefined,
): Promise<Proven> {
  socket.write(authentication(CLEARTEXT_PASSWORD))
  await inbox.next()
  if (inbox.type !== FRONTEND.password)
    throw fail('TW_PG_FRAME', { problem: 'something other than the password' })
  const fields = new Fields(inbox)
  const credential = fields.text()
  fields.done()
  if (credential === '') throw fail('TW_PG_UNAUTHENTICATED')
  door.unauthenticated.presented(credential, socket.remoteAddress ?? '')
  const thumbprint = peer?.thumbprint
  const identity =
    door.identity.authenticateCached(credential, thumbprint) ??
    (await door.identity.authenticate(credential, thumbprint))
  return identity.credential.kind === 'token'
    ? { identity, recheck: recheckOf(door, credential, thumbprint) }
    : { identity }
}

/** Undefined where it is good, or was a moment ago. @throws TW_AUTH_REVOKED, TW_AUTH_EXPIRED, TW_AUTH_STALE… */
function recheckOf(door: PostgresDoor, credential: string, thumbprint: string | undefined): Recheck {
  let checked = door.clock.monotonic()
  return () => {
    const now = door.clock.monotonic()
    if (now - checked < RECHECK) return undefined
    if (!door.identity.authenticateCached(credential, thumbprint))
      return door.identity.authenticate(credential, thumbprint).then(() => {
        checked = now
      })
    checked = now
    return undefined
  }
}
