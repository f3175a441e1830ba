import type { AddressInfo } from 'node:net'
import type { CodedError } from '../../../core/errors.ts'
import { hmacSha256 } from '../../../core/hmac.ts'
import { idSource } from '../../../core/ids.ts'
import type { PostgresConnection } from '../../config/postgres.ts'
import { rememberDecoys } from '../../decoys/decoys.ts'
import type { OpenDoor } from '../door.ts'
import { createUnauthenticated } from '../unauthenticated.ts'
import { openDatabase } from './backend/database.ts'
import { createTaking, type PostgresDoor, type PostgresDoorDeps } from './door-context.ts'
import { fail } from './errors.ts'
import type { Client } from './session/client.ts'
import { createEncryption } from './session/encryption.ts'
import { createListener } from './session/listener.ts'
import { fatal } from './session/refusal.ts'

/**
 * The PostgreSQL door. A *client* speaks protocol 3.0 to the gateway, which is no relay: every message is read, every
 * statement judged (statement/), what goes to the server is written anew, and every row of the answer is masked,
 * counted and on disk before the client gets it. The *link* is the client's own session at the database, attached at
 * its first statement; the *control* session is the gateway's.
 *
 *   greet ─▶ authenticated ─▶ serve { message ─▶ begin ─▶ judged ─▶ decided ─▶ run ─▶ (whole │ segments) ─▶ ready }
 */
export function createPostgresDoor(connection: PostgresConnection, deps: PostgresDoorDeps): OpenDoor {
  const log = deps.log.child({ connection: connection.name })
  const decoys = rememberDecoys(deps.keys)
  const door: PostgresDoor = {
    ...deps,
    log,
    connection,
    database: openDatabase(connection, { clock: deps.clock, random: deps.random, log }),
    unauthenticated: createUnauthenticated({
      connection: connection.name,
      protocol: 'postgres',
      spool: deps.spool,
      clock: deps.clock,
      log,
      quota: () => deps.snapshot().config.identity.unauthenticated.events_per_minute,
      decoy: (text) => decoys(deps.snapshot().config).within(connection.name, [text], false),
    }),
    newId: idSource(deps.clock, deps.random),
    taking: createTaking(),
    hold: connection.hold,
    held: (by) => deps.metrics.held.inc({ connection: connection.name }, by),
    decoys,
    statementMac: hmacSha256(deps.keys.derive('statement-hash')),
    logicalKey: deps.keys.derive('logical-query'),
  }
  const secure = connection.tls && createEncryption(connection.tls)
  const { server, clients, dropGreeting, dropAll } = createListener(door, secure)

  /** Says why, and hangs up; a statement under way may end first where `now` is false. */
  function end(client: Client, error: CodedError, now: boolean): void {
    client.ending = error
    if (client.current && !now) return
    client.current?.abort()
    client.hangUp(fatal(error))
  }

  return {
    connection,
    async listen() {
      const colon = connection.listen.lastIndexOf(':')
      const host = connection.listen.slice(0, colon).replace(/^\[|\]$/g, '')
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen({ host, port: Number(connection.listen.slice(colon + 1)) }, () => {
          server.off('error', reject)
          resolve()
        })
      })
      // A database that is not there yet is tried again by the first client.
      door.database
        .ready()
        .catch((error: unknown) => log.error({ err: error }, 'the database is not usable yet'))
      const address = server.address()
      return { address: address === null || typeof address === 'string' ? '' : printed(address) }
    },
    sweep() {
      door.unauthenticated.sweep()
      for (const client of clients) {
        const refusal = door.identity.refusal(client.identity.person.user)
        // An unknown state of the store is said at the next statement; a suspension ends what is open.
        if (refusal?.code === 'TW_AUTH_SUSPENDED') end(client, refusal, true)
      }
    },
    async close(deadlineMs) {
      const closed = new Promise<void>((resolve) => {
        if (server.listening) server.close(() => resolve())
        else resolve()
      })
      dropGreeting()
      for (const client of clients) end(client, fail('TW_PG_DRAINING'), false)
      const late = setTimeout(() => {
        for (const client of clients) client.kill()
        dropAll()
      }, deadlineMs)
      await closed
      clearTimeout(late)
      door.unauthenticated.sweep()
      door.database.close()
    },
  }
}

const printed = ({ address, port, family }: AddressInfo): string =>
  `${family === 'IPv6' ? `[${address}]` : address}:${port}`
