import type { Socket } from 'node:net'
import type { Random } from '../../../../core/random.ts'
import { fail } from '../errors.ts'
import { Fields, MessageInbox } from '../wire/inbox.ts'
import { BACKEND, FRONTEND, isBackend } from '../wire/types.ts'
import { CODE, message, TERMINATE, type TransactionStatus, VERSION_3 } from '../wire/write.ts'
import { type SaltedPasswords, scramClient } from './scram.ts'
import { type BackendConfig, backendSocket } from './socket.ts'

/** The largest message of a server, bytes: a row beyond it is withheld by ending the session. */
const MAX_MESSAGE = 64 * 1024 * 1024
/** SASL and password requests of AuthenticationX messages. */
const AUTH = { ok: 0, sasl: 10, saslContinue: 11, saslFinal: 12 } as const

/** One session at the database, of one client only. Its messages are read from `inbox`. */
export interface Link {
  readonly inbox: MessageInbox
  readonly parameters: ReadonlyMap<string, string>
  status: TransactionStatus
  write(bytes: Uint8Array): void
  /** Takes note of ReadyForQuery, the current message of the inbox. */
  ready(): void
  /** Asks the server to end what runs; resolves when it has been asked. Never rejects. */
  cancel(): Promise<void>
  /** Learns a ParameterStatus; the current message of the inbox is one. */
  learn(): { name: string; value: string }
  close(): void
}

export interface LinkOptions {
  backend: BackendConfig
  /** Startup parameters beyond user and database. */
  parameters: Readonly<Record<string, string>>
  random: Random
  salted: SaltedPasswords
}

/** Opens a session. @throws TW_PG_BACKEND_UNREACHABLE, TW_PG_BACKEND_AUTH */
export async function openLink(options: LinkOptions): Promise<Link> {
  const { backend } = options
  const socket = await backendSocket(backend)
  const inbox = new MessageInbox(socket, MAX_MESSAGE, isBackend)
  socket.on('data', (chunk: Buffer) => {
    inbox.feed(chunk)
    if (inbox.closed) socket.destroy()
  })
  const gone = (cause?: Error) => inbox.close(fail('TW_PG_BACKEND_GONE', {}, cause))
  socket.on('error', gone)
  socket.on('close', () => gone())
  const entries = Object.entries({ user: backend.user, database: backend.database, ...options.parameters })
  socket.write(message(0, VERSION_3, ...entries.flat(), Buffer.of(0)))
  const parameters = new Map<string, string>()
  try {
    const key = await authenticated(socket, inbox, parameters, options)
    const link: Link = {
      inbox,
      parameters,
      status: 'I',
      write: (bytes) => void socket.write(bytes),
      ready() {
        const status = inbox.buf[inbox.start]
        link.status = status === 0x49 ? 'I' : status === 0x54 ? 'T' : 'E'
      },
      cancel: () => cancel(backend, key),
      learn() {
        const fields = new Fields(inbox)
        const name = fields.text()
        const value = fields.text()
        parameters.set(name, value)
        return { name, value }
      },
      close() {
        if (socket.writable) socket.end(TERMINATE)
        socket.destroySoon()
      },
    }
    return link
  } catch (error) {
    socket.destroy()
    throw error
  }
}

async function authenticated(
  socket: Socket,
  inbox: MessageInbox,
  parameters: Map<string, string>,
  { backend, random, salted }: LinkOptions,
): Promise<Buffer> {
  let scram: ReturnType<typeof scramClient> | undefined
  let verified = false
  let key = Buffer.alloc(8)
  for (;;) {
    await inbox.next()
    const fields = new Fields(inbox)
    switch (inbox.type) {
      case BACKEND.authentication: {
        const kind = fields.u32()
        if (kind === AUTH.sasl) {
          scram = scramClient(backend.password, random, salted)
          const first = Buffer.from(scram.first)
          socket.write(message(FRONTEND.password, 'SCRAM-SHA-256', first.length, first))
        } else if (kind === AUTH.saslContinue && scram) {
          const answer = await scram.answer(fields.bytes(fields.rest).toString('utf8'))
          socket.write(message(FRONTEND.password, Buffer.from(answer)))
        } else if (kind === AUTH.saslFinal && scram) {
          scram.verify(fields.bytes(fields.rest).toString('utf8'))
          verified = true
        } else if (kind !== AUTH.ok)
          throw fail('TW_PG_BACKEND_AUTH', { problem: 'it asks for something other than SCRAM-SHA-256' })
        else if (!verified)
          throw fail('TW_PG_BACKEND_AUTH', { problem: 'it lets anybody in without SCRAM-SHA-256' })
        break
      }
      case BACKEND.parameterStatus:
        parameters.set(fields.text(), fields.text())
        break
      case BACKEND.backendKeyData:
        key = Buffer.from(fields.bytes(8))
        break
      case BACKEND.ready:
        return key
      case BACKEND.error:
        throw fail('TW_PG_BACKEND_AUTH', { problem: `SQLSTATE ${errorFields(inbox).get('C') ?? 'unknown'}` })
      case BACKEND.notice:
      case BACKEND.negotiate:
        break
      default:
        throw fail('TW_PG_BACKEND_AUTH', { problem: 'it sends messages out of order' })
    }
  }
}

/** The fields of an ErrorResponse or NoticeResponse by their letter. */
export function errorFields(inbox: MessageInbox): ReadonlyMap<string, string> {
  const fields = new Fields(inbox)
  const found = new Map<string, string>()
  for (let letter = fields.byte(); letter !== 0; letter = fields.byte())
    found.set(String.fromCharCode(letter), fields.text())
  return found
}

async function cancel(backend: BackendConfig, key: Buffer): Promise<void> {
  try {
    const socket = await backendSocket(backend)
    socket.on('error', () => undefined)
    // The server closes once it has passed the request on.
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.resume()
    socket.end(message(0, CODE.cancel, key))
    await closed
  } catch {
    // A server that cannot be reached ends its sessions by itself.
  }
}
