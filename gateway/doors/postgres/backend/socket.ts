import { readFileSync } from 'node:fs'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import type { PostgresConnection } from '../../../config/postgres.ts'
import { fail } from '../errors.ts'
import { CODE, message } from '../wire/write.ts'

export type BackendConfig = PostgresConnection['backend']

/** How long reaching the database and agreeing on TLS may take, ms. */
const PATIENCE = 10_000

/** A socket to the database, encrypted as config says. @throws TW_PG_BACKEND_UNREACHABLE, TW_PG_BACKEND_AUTH */
export async function backendSocket(backend: BackendConfig): Promise<Socket | TLSSocket> {
  const socket = connectTcp({ host: backend.host, port: backend.port, noDelay: true, keepAlive: true })
  const timer = setTimeout(() => socket.destroy(new Error('timeout')), PATIENCE)
  try {
    await once(socket, 'connect')
    return backend.tls === 'off' ? socket : await encrypted(socket, backend)
  } catch (error) {
    socket.destroy()
    throw error instanceof Error && 'code' in error && String(error.code).startsWith('TW_')
      ? error
      : fail('TW_PG_BACKEND_UNREACHABLE', {}, error)
  } finally {
    clearTimeout(timer)
  }
}

async function encrypted(socket: Socket, backend: BackendConfig): Promise<TLSSocket> {
  socket.write(message(0, CODE.ssl))
  const answer = await new Promise<Buffer>((resolve, reject) => {
    socket.once('data', resolve)
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('closed')))
  })
  socket.pause()
  // More than the one byte would be what somebody stuffed in before the encryption.
  if (answer.length !== 1 || answer[0] !== 0x53)
    throw fail('TW_PG_BACKEND_AUTH', { problem: 'it does not offer TLS' })
  const tls = connectTls({
    socket,
    ALPNProtocols: ['postgresql'],
    rejectUnauthorized: backend.tls === 'verify',
    ...(isIP(backend.host) ? { host: backend.host } : { servername: backend.host, host: backend.host }),
    ...(backend.ca === undefined ? {} : { ca: readFileSync(backend.ca) }),
  })
  try {
    await once(tls, 'secureConnect')
  } catch (error) {
    throw fail('TW_PG_BACKEND_AUTH', { problem: 'its TLS certificate is not accepted' }, error)
  }
  return tls
}

function once(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error?: Error) => reject(error ?? new Error('closed'))
    socket.once(event, () => {
      socket.off('error', failed)
      socket.off('close', failed)
      resolve()
    })
    socket.once('error', failed)
    socket.once('close', () => failed())
  })
}
