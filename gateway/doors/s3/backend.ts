import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { Readable } from 'node:stream'
import type { Clock } from '../../../core/clock.ts'
import type { CodedError } from '../../../core/errors.ts'
import type { S3ConnectionConfig } from '../../config.ts'
import { fail } from './errors.ts'
import { createSigner } from './sigv4/sign.ts'
import { EMPTY_HASH } from './sigv4/signature.ts'
import { parseXml, textOf } from './xml/parse.ts'

export interface BackendRequest {
  method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE'
  bucket?: string
  key?: string
  query?: readonly (readonly [string, string])[]
  headers?: Readonly<Record<string, string>>
  body?: { bytes: Uint8Array | AsyncIterable<Uint8Array>; size: number; sha256: string }
  signal?: AbortSignal
}

export interface BackendAnswer {
  status: number
  headers: Readonly<Record<string, string>>
  /** Read it to the end, or discard it. */
  body: Readable
  discard(): void
}

/** The S3 service behind a door, asked with the gateway's own credential. Failures reject with coded errors. */
export interface Backend {
  /** Answers below 400 and 404. @throws TW_S3_BACKEND_… for every other. */
  send(request: BackendRequest): Promise<BackendAnswer>
  /** The same with a body of XML, at most a few MiB; undefined for 404. */
  xml(request: BackendRequest): Promise<Record<string, unknown> | undefined>
  close(): Promise<void>
}

const MAX_XML = 8 * 1024 * 1024
const MAX_ERROR = 64 * 1024
const TIMEOUTS = new Set(['ETIMEDOUT', 'ESOCKETTIMEDOUT'])
const UNREACHABLE = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])
/** What the backend says of what the client asked, so that the client may hear it. */
const CLIENTS = new Set([
  ...['NoSuchUpload', 'InvalidPart', 'InvalidPartOrder', 'EntityTooSmall', 'EntityTooLarge', 'BadDigest'],
  ...['InvalidArgument', 'InvalidRequest', 'KeyTooLongError', 'MethodNotAllowed', 'InvalidObjectState'],
])

export function openBackend(connection: S3ConnectionConfig, clock: Clock): Backend {
  const url = new URL(connection.backend)
  const base = url.pathname.replace(/\/+$/, '')
  // Node's own client: a backend that closes while a reader is slow must not be more than a broken answer.
  const secure = url.protocol === 'https:'
  const options = { keepAlive: true, maxSockets: 64, timeout: connection.timeout }
  const agent = secure ? new HttpsAgent(options) : new Agent(options)
  const signer = createSigner({
    accessKeyId: connection.access_key_id,
    secretAccessKey: connection.secret_access_key,
    region: connection.region,
    host: url.host,
    now: () => clock.now(),
  })

  async function once(request: BackendRequest): Promise<BackendAnswer> {
    const { method, bucket, key, query = [], body, signal } = request
    const path = `${base}/${bucket === undefined ? '' : key === undefined ? bucket : `${bucket}/${key}`}`
    const { target, headers } = signer.sign({
      method,
      path,
      query,
      headers: request.headers ?? {},
      payload: body?.sha256 ?? EMPTY_HASH,
    })
    if (body) headers['content-length'] = String(body.size)
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const call = (secure ? httpsRequest : httpRequest)(
        {
          // Not as a URL, which would be put into another form than was signed.
          host: url.hostname.replace(/^\[|\]$/g, ''),
          port: url.port || (secure ? 443 : 80),
          path: target,
          method,
          headers,
          agent,
          timeout: connection.timeout,
          ...(signal ? { signal } : {}),
        },
        resolve,
      )
      call.on('error', reject)
      call.on('timeout', () =>
        call.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })),
      )
      if (body === undefined) call.end()
      else if (body.bytes instanceof Uint8Array) call.end(body.bytes)
      else {
        const source = Readable.from(body.bytes, { objectMode: false })
        source.on('error', (error) => call.destroy(error))
        source.pipe(call)
      }
    })
    const flat: Record<string, string> = {}
    for (const [name, value] of Object.entries(answer.headers))
      if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value
    const stream: Readable = answer
    // Who reads it sees what broke; who does not need not.
    stream.on('error', () => undefined)
    const discard = () => {
      if (flat['content-length'] === '0' || method === 'HEAD') stream.resume()
      else stream.destroy()
    }
    return { status: answer.statusCode ?? 0, headers: flat, body: stream, discard }
  }

  /** A connection that the backend closed while it was idle is no failure yet. */
  async function attempt(request: BackendRequest): Promise<BackendAnswer> {
    const again = request.method === 'GET' || request.method === 'HEAD'
    try {
      return await once(request)
    } catch (error) {
      if (!again || codeOf(error) !== 'ECONNRESET') throw codedOf(error)
    }
    return once(request).catch((error: unknown) => {
      throw codedOf(error)
    })
  }

  async function send(request: BackendRequest): Promise<BackendAnswer> {
    const answer = await attempt(request)
    const { status } = answer
    if (status < 300 || status === 404) return answer
    throw await refusalOf(request, answer)
  }

  return {
    send,
    async xml(request) {
      const answer = await send(request)
      const text = await textBody(answer.body, MAX_XML)
      return answer.status === 404 ? undefined : parseXml(text, 'TW_S3_BACKEND_BROKEN')
    },
    close: async () => agent.destroy(),
  }
}

/** The backend's own texts can quote what is hidden; its code is one of a published list. */
async function refusalOf(request: BackendRequest, answer: BackendAnswer): Promise<CodedError> {
  const { status, body } = answer
  const text = request.method === 'HEAD' ? '' : await textBody(body, MAX_ERROR).catch(() => '')
  answer.discard()
  const code = errorCode(text)
  if (status === 401 || status === 403) return fail('TW_S3_BACKEND_AUTH')
  if (status === 412) return fail('TW_S3_PRECONDITION')
  if (code !== undefined && CLIENTS.has(code))
    return fail('TW_S3_ARGUMENT', { name: 'request', problem: code, s3: code })
  return fail('TW_S3_BACKEND_ERROR', { code: code ?? `status ${status}` })
}

function errorCode(text: string): string | undefined {
  if (text === '') return undefined
  try {
    const error = parseXml(text, 'TW_S3_BACKEND_BROKEN').Error
    const code = typeof error === 'object' && error !== null && 'Code' in error ? textOf(error.Code) : ''
    return /^[A-Za-z]{1,64}$/.test(code) ? code : undefined
  } catch {
    return undefined
  }
}

export async function textBody(body: AsyncIterable<Uint8Array>, limit: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of body) {
      size += chunk.length
      if (size > limit) throw fail('TW_S3_BACKEND_BROKEN')
      chunks.push(chunk)
    }
  } catch (error) {
    throw codedOf(error)
  }
  return Buffer.concat(chunks).toString('utf8')
}

const codeOf = (error: unknown) =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

/** What broke, as clients may hear it; errors of ours stay as they are. */
export function codedOf(error: unknown): Error {
  const code = codeOf(error)
  if (error instanceof Error && code.startsWith('TW_')) return error
  if (TIMEOUTS.has(code)) return fail('TW_S3_BACKEND_TIMEOUT', {}, error)
  if (UNREACHABLE.has(code)) return fail('TW_S3_BACKEND_UNREACHABLE', {}, error)
  return fail('TW_S3_BACKEND_BROKEN', {}, error)
}
