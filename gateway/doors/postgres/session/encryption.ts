import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import type { PostgresConnection } from '../../../config/postgres.ts'
import { fail } from '../errors.ts'

/** What direct TLS must name; a client that asks by SSLRequest may leave it out. */
export const ALPN = 'postgresql'

/** TLS on sockets that have been spoken through before. */
export interface Encryption {
  /** @throws TW_PG_STARTUP where the handshake fails: nobody could read an answer */
  upgrade(socket: Socket): Promise<TLSSocket>
}

interface Waiting {
  done(tls: TLSSocket): void
  failed(cause?: Error): void
}

/** A TLS server that listens nowhere: only a server verifies the certificates of its clients. */
export function createEncryption(tls: NonNullable<PostgresConnection['tls']>): Encryption {
  const waiting = new Map<string, Waiting>()
  const server = createServer({
    cert: readFileSync(tls.cert),
    key: readFileSync(tls.key),
    minVersion: 'TLSv1.2',
    ALPNProtocols: [ALPN],
    ...(tls.client_ca !== undefined && {
      ca: readFileSync(tls.client_ca),
      requestCert: true,
      rejectUnauthorized: tls.client === 'require',
    }),
  })
  server.on('secureConnection', (socket) => {
    socket.on('error', () => undefined)
    const waits = waiting.get(keyOf(socket))
    if (waits) waits.done(socket)
    else socket.destroy()
  })
  server.on('tlsClientError', (error, socket) => waiting.get(keyOf(socket))?.failed(error))

  return {
    upgrade(socket) {
      const key = keyOf(socket)
      return new Promise((resolve, reject) => {
        const failed = (cause?: Error) => {
          waiting.delete(key)
          socket.destroy()
          reject(fail('TW_PG_STARTUP', { problem: 'the TLS handshake failed' }, cause))
        }
        const closed = () => failed()
        socket.once('close', closed)
        waiting.set(key, {
          done(tls) {
            waiting.delete(key)
            socket.off('close', closed)
            resolve(tls)
          },
          failed,
        })
        server.emit('connection', socket)
      })
    },
  }
}

/** One connection's at a time; the socket above it has the same. */
const keyOf = ({ remoteAddress, remotePort, localPort }: Socket): string =>
  `${remoteAddress} ${remotePort} ${localPort}`
