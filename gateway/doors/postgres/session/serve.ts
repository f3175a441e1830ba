import { CodedError } from '../../../../core/errors.ts'
import { fail } from '../errors.ts'
import { Fields } from '../wire/inbox.ts'
import { FRONTEND } from '../wire/types.ts'
import type { Client } from './client.ts'
import { Extended } from './extended.ts'
import { codedOf, fatal, refuse } from './refusal.ts'
import { simpleQuery } from './simple.ts'

/**
 * One client from ReadyForQuery to its end: message after message, each answered before the next is looked at. What is
 * wrong with a statement is its error; what is wrong with the framing, or with the session at the database, ends all.
 */
export async function serve(client: Client): Promise<void> {
  const { inbox, door } = client
  const extended = new Extended(client)
  try {
    client.ready()
    for (;;) {
      if (!inbox.advance()) await inbox.next()
      if (inbox.type === FRONTEND.terminate) return await terminated(client)
      await one(client, extended)
      if (client.ending) throw client.ending
      if (client.link?.inbox.closed) throw fail('TW_PG_BACKEND_GONE')
    }
  } catch (error) {
    if (!client.gone) {
      const coded = codedOf(client, undefined, client.ending ?? error)
      client.hangUp(fatal(coded))
    }
    if (client.session && !(error instanceof CodedError && error.code === 'TW_PG_CLIENT_GONE'))
      door.log.debug({ err: error }, 'a client was hung up on')
  }
}

async function one(client: Client, extended: Extended): Promise<void> {
  const { inbox } = client
  switch (inbox.type) {
    case FRONTEND.query: {
      if (client.skipping) return
      const fields = new Fields(inbox)
      const text = fields.text()
      fields.done()
      client.portals.delete('')
      return simpleQuery(client, text)
    }
    case FRONTEND.parse:
    case FRONTEND.bind:
    case FRONTEND.describe:
    case FRONTEND.close:
    case FRONTEND.execute:
    case FRONTEND.flush:
    case FRONTEND.sync:
      return extended.take()
    case FRONTEND.functionCall:
      if (client.skipping) return
      await refuse(client, undefined, fail('TW_PG_FUNCTION_CALL'))
      return client.ready()
    case FRONTEND.copyData:
    case FRONTEND.copyDone:
    case FRONTEND.copyFail:
      // Left over from a COPY that was refused: the protocol has them ignored.
      return
    default:
      throw fail('TW_PG_FRAME', { problem: 'a message that belongs to signing in' })
  }
}

/** The client says good-bye: its session ends, unless others of the same program go on with it. */
async function terminated(client: Client): Promise<void> {
  client.gone = true
  const { session, door } = client
  if (session && door.taking.leave(session)) await door.sessions.end(session, 'client')
  client.session = undefined
  client.kill()
}
