import { createServer, type Server, type Socket } from 'node:net'
import { CodedError } from '../../../../core/errors.ts'
import type { PostgresDoor } from '../door-context.ts'
import { fail } from '../errors.ts'
import { MessageInbox } from '../wire/inbox.ts'
import { isFrontend } from '../wire/types.ts'
import { authenticated } from './authenticate.ts'
import { Client } from './client.ts'
import type { Encryption } from './encryption.ts'
import { greet, welcome } from './greet.ts'
import { fatal } from './refusal.ts'
import { serve } from './serve.ts'

/** The largest message of a client, bytes. */
const MAX_MESSAGE = 16 * 1024 * 1024
/** The same before it is known who that is: a token. */
const MAX_PASSWORD = 64 * 1024
/** How long connecting may take, ms, and how many may be about it at once. */
const LOGIN_TIME = 15_000
const MAX_GREETING = 1_000

export interface Listener {
  readonly server: Server
  readonly clients: ReadonlySet<Client>
  /** Ends connections that are still being made. */
  dropGreeting(): void
  /** Ends whatever is open. */
  dropAll(): void
}

/** Accepts connections, lets those in who have a credential, and hears requests to cancel. */
export function createListener(door: PostgresDoor, secure: Encryption | undefined): Listener {
  const clients = new Set<Client>()
  const byPid = new Map<number, Client>()
  const greeting = new Set<Socket>()
  const open = new Set<Socket>()

  const server = createServer({ noDelay: true, keepAlive: true }, (socket) => {
    socket.on('error', () => undefined)
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    if (greeting.size >= MAX_GREETING) return void socket.end(fatal(fail('TW_PG_TOO_MANY')))
    greeting.add(socket)
    const late = setTimeout(() => refuse(socket, fail('TW_PG_LOGIN_TIMEOUT')), LOGIN_TIME)
    late.unref()
    const settled = () => {
      clearTimeout(late)
      greeting.delete(socket)
    }
    socket.once('close', settled)
    void enter(socket, settled)
  })

  async function enter(raw: Socket, settled: () => void): Promise<void> {
    /** Under TLS the socket that was accepted is not the one to speak through. */
    let top = raw
    try {
      await admit(raw, settled, (tls) => {
        top = tls
        // Neither of the two outlives the other.
        tls.once('close', () => raw.destroy())
      })
    } catch (error) {
      if (!(error instanceof CodedError)) door.log.error({ err: error }, 'a connection failed unexpectedly')
      refuse(top, error instanceof CodedError ? error : fail('TW_PG_INTERNAL', {}, error))
    }
  }

  async function admit(raw: Socket, settled: () => void, encrypted: (tls: Socket) => void): Promise<void> {
    const greeted = await greet(door, raw, secure, encrypted)
    if (greeted.kind === 'gone') return void raw.destroy()
    if (greeted.kind === 'cancel') {
      byPid.get(greeted.pid)?.cancel(greeted.secret)
      return void raw.destroy()
    }
    const { socket, startup, rest } = greeted
    const inbox = new MessageInbox(socket, MAX_PASSWORD, isFrontend)
    let client: Client | undefined
    const closed = () => {
      inbox.close(fail('TW_PG_CLIENT_GONE'))
      if (client) left(client)
    }
    socket.on('data', (chunk: Buffer) => inbox.feed(chunk))
    socket.on('error', closed)
    socket.on('close', closed)
    if (rest.length > 0) inbox.feed(rest)
    socket.resume()
    const proven = await authenticated(door, socket, inbox, startup)
    client = new Client(door, socket, inbox, { ...proven, startup, ...freshKey() })
    inbox.limit = MAX_MESSAGE
    settled()
    await welcome(client)
    clients.add(client)
    byPid.set(client.pid, client)
    door.metrics.connections.inc({ connection: door.connection.name })
    if (socket.destroyed) return left(client)
    await serve(client)
  }

  function left(client: Client): void {
    if (!clients.delete(client)) return
    byPid.delete(client.pid)
    door.metrics.connections.dec({ connection: door.connection.name })
    const cut = client.current !== undefined
    const { session } = client
    const clean = client.gone
    client.gone = true
    client.current?.abort()
    client.detach()
    if (!session || clean) return
    if (door.taking.leave(session)) door.sessions.broken(session, cut)
  }

  function freshKey(): { pid: number; secret: number } {
    for (;;) {
      const bytes = door.random.bytes(8)
      const pid = bytes.readInt32BE(0) & 0x7fffffff
      if (pid !== 0 && !byPid.has(pid)) return { pid, secret: bytes.readInt32BE(4) }
    }
  }

  /** Nobody is signed in: recorded under the quota of its own. */
  function refuse(socket: Socket, error: CodedError): void {
    const connection = door.connection.name
    if (error.code !== 'TW_PG_CLIENT_GONE') {
      const bypass = error.code === 'TW_PG_BEFORE_TLS' ? ['tls-stuffing'] : []
      door.unauthenticated.note({ reason: error.code, source: socket.remoteAddress ?? '', bypass })
      door.metrics.unauthenticated.inc({ connection })
    }
    if (socket.writable) socket.end(fatal(error))
    socket.destroySoon()
  }

  return {
    server,
    clients,
    dropGreeting() {
      for (const socket of greeting) socket.destroy()
    },
    dropAll() {
      for (const socket of open) socket.destroy()
    },
  }
}
