import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { PostgresDoor } from '../door-context.ts'
import { fail } from '../errors.ts'
import { BACKEND } from '../wire/types.ts'
import { authentication, backendKey, CODE, message, parameterStatus, VERSION_3 } from '../wire/write.ts'
import type { Client } from './client.ts'
import { ALPN, type Encryption } from './encryption.ts'
import { TOLD } from './parameters.ts'
import { readStartup, type Startup } from './startup.ts'

/** As PostgreSQL has it. */
const MAX_STARTUP = 10_000
const TLS_HANDSHAKE = 0x16
/** Encryption is asked for at most once each way. */
const MAX_ROUNDS = 4

export type Greeted =
  | { kind: 'startup'; socket: Socket; startup: Startup; rest: Buffer }
  | { kind: 'cancel'; pid: number; secret: number }
  | { kind: 'gone' }

/**
 * From the first byte to the startup packet:
 *
 *   (GSSENCRequest ─▶ N)? ─▶ (SSLRequest ─▶ S, TLS │ N)? │ direct TLS with ALPN ─▶ startup │ cancel
 *
 * `encrypted` hears of the socket that is spoken through from then on.
 * @throws TW_PG_STARTUP, TW_PG_BEFORE_TLS, TW_PG_PLAINTEXT, TW_PG_REPLICATION
 */
export async function greet(
  door: PostgresDoor,
  raw: Socket,
  secure: Encryption | undefined,
  encrypted: (socket: TLSSocket) => void,
): Promise<Greeted> {
  let socket = raw
  let isTls = false
  const upgrade = async () => {
    const tls = await secure!.upgrade(socket)
    encrypted(tls)
    if (!tls.authorized && tls.getPeerX509Certificate())
      throw fail('TW_PG_STARTUP', { problem: 'its certificate is not of the authority that this door knows' })
    socket = tls
    isTls = true
  }
  let bytes: Buffer = Buffer.alloc(0)
  for (let round = 0; round < MAX_ROUNDS; ) {
    if (!isTls && bytes[0] === TLS_HANDSHAKE && round === 0 && secure) {
      socket.unshift(bytes)
      bytes = Buffer.alloc(0)
      await upgrade()
      if (socket instanceof TLSSocket && socket.alpnProtocol !== ALPN)
        throw fail('TW_PG_STARTUP', { problem: 'direct TLS came without ALPN postgresql' })
      round++
      continue
    }
    const packet = whole(bytes)
    if (!packet) {
      const more = await read(socket)
      if (!more) return { kind: 'gone' }
      bytes = bytes.length ? Buffer.concat([bytes, more]) : more
      continue
    }
    const rest = bytes.subarray(packet.length + 4)
    const code = packet.readUInt32BE(0)
    if (code === CODE.ssl || code === CODE.gss) {
      // Whatever stands behind the request was not encrypted, whoever put it there.
      if (rest.length > 0) throw fail('TW_PG_BEFORE_TLS')
      bytes = Buffer.alloc(0)
      round++
      if (code === CODE.ssl && secure && !isTls) {
        socket.write('S')
        await upgrade()
      } else socket.write('N')
      continue
    }
    if (code === CODE.cancel && packet.length === 12)
      return { kind: 'cancel', pid: packet.readInt32BE(4), secret: packet.readInt32BE(8) }
    if (code >>> 16 !== 3) throw fail('TW_PG_STARTUP', { problem: 'its protocol version is not 3' })
    if (!isTls && !door.connection.plaintext && !isLoopback(socket)) throw fail('TW_PG_PLAINTEXT')
    const minor = code & 0xffff
    const startup = readStartup(packet.subarray(4), minor)
    if (minor > 0 || startup.unknownOptions.length > 0) socket.write(negotiation(startup))
    return { kind: 'startup', socket, startup, rest }
  }
  throw fail('TW_PG_STARTUP', { problem: 'it asks for encryption again and again' })
}

/** The body of a startup packet once it is here whole. @throws TW_PG_STARTUP for an impossible length */
function whole(bytes: Buffer): Buffer | undefined {
  if (bytes.length < 4) return undefined
  const length = bytes.readUInt32BE(0)
  if (length < 8 || length > MAX_STARTUP)
    throw fail('TW_PG_STARTUP', { problem: 'its first packet is no startup packet' })
  return bytes.length < length ? undefined : bytes.subarray(4, length)
}

/** The next bytes; undefined where there are none any more. The socket rests in between, so that TLS may take over. */
function read(socket: Socket): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const settle = (bytes: Buffer | undefined) => {
      socket.off('data', data)
      socket.off('end', end)
      socket.off('close', end)
      socket.pause()
      resolve(bytes)
    }
    const data = (chunk: Buffer) => settle(chunk)
    const end = () => settle(undefined)
    socket.on('data', data)
    socket.on('end', end)
    socket.on('close', end)
    if (socket.destroyed) return end()
    socket.resume()
  })
}

export function isLoopback({ remoteAddress = '' }: Socket): boolean {
  return /^(?:::ffff:)?127\.|^::1$/.test(remoteAddress)
}

/** Protocol 3.0 it is, and these options are not known. */
const negotiation = ({ unknownOptions }: Startup): Buffer =>
  message(BACKEND.negotiate, VERSION_3, unknownOptions.length, ...unknownOptions)

/** What a client hears before it may ask. @throws TW_PG_BACKEND_… */
export async function welcome(client: Client): Promise<void> {
  const { door, startup, identity } = client
  await door.database.ready()
  const told = new Map<string, string>([['application_name', startup.application]])
  for (const [name, value] of door.database.parameters()) if (TOLD.has(name)) told.set(name, value)
  for (const [name, value] of Object.entries(startup.settings)) if (TOLD.has(name)) told.set(name, value)
  told.set('is_superuser', 'off')
  told.set('session_authorization', identity.person.user)
  told.set('search_path', client.searchPath.join(', '))
  client.send(authentication(0))
  for (const [name, value] of told) client.send(parameterStatus(name, value))
  client.send(backendKey(client.pid, client.secret))
}
