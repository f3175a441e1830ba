import type { Link } from '../backend/link.ts'
import { type ServerReport, serverReport } from '../backend/scrub.ts'
import { fail } from '../errors.ts'
import { BACKEND } from '../wire/types.ts'
import { message, parameterStatus, report } from '../wire/write.ts'
import type { Client } from './client.ts'
import { learned } from './parameters.ts'
import type { Statement } from './statement.ts'

export const COPY_FAIL = message(0x66, 'refused')

/**
 * The link's current message, one that is no part of an answer itself. `after` gets what the client is told behind it.
 * @returns ready where the session rests, what went wrong where the server says so @throws TW_PG_WITHHELD
 */
export function aside(
  client: Client,
  x: Statement,
  link: Link,
  after: Buffer[],
): ServerReport | 'ready' | undefined {
  const { inbox } = link
  switch (inbox.type) {
    case BACKEND.ready:
      link.ready()
      return 'ready'
    case BACKEND.error:
      return serverReport(inbox, x.snapshot.scrub)
    case BACKEND.notice:
      client.send(report(serverReport(inbox, x.snapshot.scrub)))
      return undefined
    case BACKEND.parameterStatus: {
      const { name, value } = link.learn()
      if (learned(client, name, value)) after.push(parameterStatus(name, value))
      return undefined
    }
    case BACKEND.copyIn:
    case BACKEND.copyBoth:
      link.write(COPY_FAIL)
      return undefined
    case BACKEND.noData:
    case BACKEND.notification:
    case BACKEND.parseComplete:
    case BACKEND.bindComplete:
    case BACKEND.closeComplete:
    case BACKEND.parameterDescription:
      return undefined
    default:
      throw fail('TW_PG_WITHHELD', { reason: 'the database sent a message out of order' })
  }
}
