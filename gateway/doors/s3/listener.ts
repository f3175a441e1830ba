import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https'
import type { Socket } from 'node:net'
import { newId } from '../../../core/ids.ts'
import type { Door } from './door-context.ts'
import { fail } from './errors.ts'
import { serve } from './pipeline.ts'
import { S3Request } from './s3-request.ts'
import { printXml } from './xml/print.ts'

/** Uploads of many GiB take their time; what stands still is cut by the idle timeout. */
const OPTIONS = { maxHeaderSize: 32 * 1024, keepAliveTimeout: 65_000, requestTimeout: 3_600_000 }
const SOCKET_IDLE = 120_000

export function createListener(
  door: Door,
  tls: { cert: Buffer; key: Buffer } | undefined,
): Server | HttpsServer {
  const listen = (req: IncomingMessage, res: ServerResponse) => {
    const about = {
      id: newId(door.clock, door.random),
      at: door.clock.now(),
      started: door.clock.monotonic(),
    }
    const x = new S3Request(door, about, req, res)
    res.once('close', () => {
      if (res.writableFinished) return
      x.gone = true
      if (x.session) door.sessions.broken(x.session, x.releasing)
    })
    serve(door, x).catch((error: unknown) => {
      door.log.error({ err: error, request: x.id }, 'a request ended unanswered')
      res.destroy()
    })
  }
  const server = tls ? createHttpsServer({ ...OPTIONS, ...tls }, listen) : createHttpServer(OPTIONS, listen)
  // node drops headers beyond its bound without a word; ours counts and refuses.
  server.maxHeadersCount = 0
  server.on('connection', (socket: Socket) => {
    socket.on('error', () => undefined)
  })
  // A request that waits for an approval, or for its copy to be made, sends and gets nothing meanwhile.
  server.setTimeout(Math.max(SOCKET_IDLE, door.hold * 2, door.connection.timeout * 2))
  server.on('clientError', (error: Error & { code?: string }, socket: Socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
    const coded = fail('TW_S3_HEADERS', { technique: 'malformed HTTP' })
    door.unauthenticated.note({ reason: coded.code, source: socket.remoteAddress ?? '', bypass: [] })
    door.metrics.unauthenticated.inc({ connection: door.connection.name })
    const body = printXml(
      'Error',
      { Code: 'InvalidRequest', Message: `${coded.message} ${coded.hint}` },
      false,
    )
    socket.end(
      `HTTP/1.1 400 Bad Request\r\ncontent-type: application/xml\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    )
  })
  return server
}
