import { buildConnector, type Dispatcher, Pool } from 'undici'
import type { CodedError } from '../../../core/errors.ts'
import type { HttpConnectionConfig } from '../../config.ts'
import { fail } from './errors.ts'

/** The connection pool to one trace store. */
export interface Backend {
  /** `target` is canonical and origin-form; the store's base path is put before it. */
  send(request: {
    method: string
    target: string
    headers: Record<string, string>
    body: Uint8Array | null
  }): Call
  readonly origin: string
  readonly base: string
  close(): Promise<void>
}

export interface BackendHead {
  status: number
  headers: Readonly<Record<string, string | string[] | undefined>>
}

/** One answer, pulled: `head`, then `read` until undefined. */
export interface Call {
  head(): Promise<BackendHead>
  read(): Promise<Buffer | undefined>
  /** All of it, if it has come already and is at most `limit` bytes; nothing is left to read then. */
  taken(limit: number): Buffer | undefined
  /** Stops the answer: nobody wants it any more. */
  cancel(): void
}

/** Waits in memory at most this much before the store is made to wait, bytes. */
const HIGH_WATER = 256 * 1024

/**
 * One answer of the store, pulled: `head`, then `read` until undefined. While nobody reads, the socket is paused.
 * Failures reject with a coded error that is safe to show.
 */
export class BackendCall implements Call, Dispatcher.DispatchHandler {
  readonly #paused: Set<BackendCall>
  #controller: Dispatcher.DispatchController | undefined
  #head: BackendHead | undefined
  #chunks: Buffer[] = []
  #queued = 0
  #ended = false
  #error: CodedError | undefined
  #wake: (() => void) | undefined
  #cancelled = false
  #relieved = false

  /** @param paused the pool's calls whose socket is paused, of which this becomes one now and then */
  constructor(paused: Set<BackendCall>) {
    this.#paused = paused
  }

  async head(): Promise<BackendHead> {
    while (!this.#head) {
      if (this.#error) throw this.#error
      await this.#next()
    }
    return this.#head
  }

  async read(): Promise<Buffer | undefined> {
    for (;;) {
      const chunk = this.#chunks.shift()
      if (chunk) {
        this.#queued -= chunk.length
        if (this.#queued < HIGH_WATER) this.#resume()
        return chunk
      }
      if (this.#error) throw this.#error
      if (this.#ended) return undefined
      await this.#next()
    }
  }

  /** All of it, if it has come already and is at most `limit` bytes; nothing is left to read then. */
  taken(limit: number): Buffer | undefined {
    if (!this.#ended || this.#error || this.#queued > limit) return undefined
    const chunks = this.#chunks
    this.#chunks = []
    this.#queued = 0
    return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
  }

  /** Stops the answer: nobody wants it any more. */
  cancel(): void {
    if (this.#cancelled || this.#ended || this.#error) return
    this.#cancelled = true
    this.#controller?.abort(new Error('cancelled'))
  }

  /** Takes what the socket holds, though it is more than should wait; for a socket that ends. */
  relieve(): void {
    this.#relieved = true
    this.#resume()
    queueMicrotask(() => {
      this.#relieved = false
      if (!this.#ended && !this.#error && this.#queued >= HIGH_WATER) this.#pause()
    })
  }

  #pause(): void {
    if (this.#relieved || !this.#controller) return
    this.#paused.add(this)
    this.#controller.pause()
  }

  #resume(): void {
    if (this.#paused.delete(this)) this.#controller?.resume()
  }

  #next(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  #notify(): void {
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#cancelled) controller.abort(new Error('cancelled'))
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (status < 200) return
    this.#head = { status, headers }
    this.#notify()
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#queued += chunk.length
    if (this.#queued >= HIGH_WATER) this.#pause()
    this.#notify()
  }

  onResponseEnd(): void {
    this.#ended = true
    this.#paused.delete(this)
    this.#notify()
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#error = codedOf(error)
    this.#paused.delete(this)
    this.#notify()
  }
}

const TIMEOUTS = new Set([
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'ETIMEDOUT',
])
const UNREACHABLE = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])

function codedOf(error: Error): CodedError {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (TIMEOUTS.has(code)) return fail('TW_HTTP_BACKEND_TIMEOUT', {}, error)
  if (UNREACHABLE.has(code)) return fail('TW_HTTP_BACKEND_UNREACHABLE', {}, error)
  if (code === 'UND_ERR_HEADERS_OVERFLOW' || code === 'HPE_HEADER_OVERFLOW')
    return fail('TW_HTTP_BACKEND_HEADERS', {}, error)
  return fail('TW_HTTP_BACKEND_BROKEN', {}, error)
}

export function openBackend(connection: HttpConnectionConfig): Backend {
  const url = new URL(connection.backend)
  const base = url.pathname.replace(/\/+$/, '')
  const paused = new Set<BackendCall>()
  // undici cannot bear that a socket ends whose reader is paused: it throws where nobody catches it. These listeners
  // come before its own, and which of the few paused calls has the socket it does not say.
  const relieve = () => {
    for (const call of [...paused]) call.relieve()
  }
  const connect = buildConnector({ timeout: Math.min(connection.timeout, 10_000) })
  const pool = new Pool(url.origin, {
    connections: 128,
    pipelining: 1,
    maxHeaderSize: 32 * 1024,
    headersTimeout: connection.timeout,
    bodyTimeout: connection.timeout,
    connect: (options, connected) =>
      connect(options, (...outcome) => {
        const [error, socket] = outcome
        if (!error) for (const event of ['end', 'error', 'close']) socket.on(event, relieve)
        connected(...outcome)
      }),
  })
  return {
    origin: url.origin,
    base,
    send({ method, target, headers, body }) {
      const call = new BackendCall(paused)
      pool.dispatch({ method, path: base + target, headers, body }, call)
      return call
    },
    close: () => pool.destroy(),
  }
}
