import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { TlsOptions } from 'node:tls'
import { problem } from '../../../core/errors.ts'
import { idSource } from '../../../core/ids.ts'
import type { Door } from './door-context.ts'
import { fail } from './errors.ts'
import { Exchange } from './exchange.ts'
import { Peer } from './peer.ts'
import { serve } from './pipeline.ts'

export const OWN_PAGES = '/.tracewarden/'
const OPTIONS = { maxHeaderSize: 32 * 1024, keepAliveTimeout: 65_000, requestTimeout: 300_000 }

/**
 * The server of a door: its own pages go to fastify, everything else straight into the pipeline, without a framework's
 * body parser, router or hooks between the bytes and the one canonical form.
 */
export function createListener(
  door: Door,
  pages: (req: IncomingMessage, res: ServerResponse) => void,
  tls: Pick<TlsOptions, 'cert' | 'key' | 'ca' | 'requestCert' | 'rejectUnauthorized'> | undefined,
) {
  /** Sockets that close take their entry along. */
  const peers = new WeakMap<Socket, Peer>()
  const peerOf = (socket: Socket): Peer => {
    let peer = peers.get(socket)
    if (!peer) {
      peer = new Peer()
      peers.set(socket, peer)
    }
    return peer
  }
  const newRequestId = idSource(door.clock, door.random)
  let underWay = 0

  const listen = (req: IncomingMessage, res: ServerResponse) => {
    if (req.url?.startsWith(OWN_PAGES)) return pages(req, res)
    const x = new Exchange(door, newRequestId(), peerOf(req.socket), req, res)
    underWay++
    res.once('close', () => closed(x))
    serve(door, x).then(
      () => {
        underWay--
        if (x.session) x.peer.session = x.session
      },
      (error: unknown) => {
        underWay--
        door.log.error({ err: error, request: x.id }, 'a request ended unanswered')
        res.destroy()
      },
    )
  }

  /** An answer that was not written to its end was cut by the peer, unless we cut it. */
  const closed = (x: Exchange) => {
    if (x.res.writableFinished) return
    x.gone = true
    x.call?.cancel()
    if (x.session) door.sessions.broken(x.session, x.releasing)
  }

  const server: Server | HttpsServer = tls
    ? createHttpsServer({ ...OPTIONS, ...tls }, listen)
    : createHttpServer(OPTIONS, listen)
  // node drops headers beyond its bound without a word; ours counts and refuses.
  server.maxHeadersCount = 0

  server.on('connection', (socket: Socket) => {
    socket.on('error', () => {
      const session = peers.get(socket)?.session
      if (session) door.sessions.broken(session, false)
    })
  })
  server.on('clientError', (error: Error & { code?: string }, socket: Socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
    const source = socket.remoteAddress ?? ''
    const flood = error.code === 'HPE_HEADER_OVERFLOW'
    const bypass = flood ? ['header-flood'] : framing(error.code) ? ['request-smuggling'] : []
    const coded = flood ? fail('TW_HTTP_HEADERS', { technique: 'header-flood' }) : fail('TW_HTTP_FRAMING')
    door.unauthenticated.note({ reason: coded.code, source, bypass })
    door.metrics.unauthenticated.inc({ connection: door.connection.name })
    const body = JSON.stringify(problem(coded))
    socket.end(
      `HTTP/1.1 ${coded.status} Bad Request\r\ncontent-type: application/problem+json\r\n` +
        `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    )
  })
  return { server, underWay: () => underWay }
}

const framing = (code: string | undefined) =>
  code !== undefined &&
  /CONTENT_LENGTH|TRANSFER_ENCODING|CHUNK|HEADER_TOKEN|CR_EXPECTED|LF_EXPECTED/.test(code)
