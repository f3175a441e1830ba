import type { IncomingMessage, ServerResponse } from 'node:http'
import { parse } from 'node:querystring'
import type { SocketModeReceiver } from '@slack/bolt'
import type { Logger } from '../../core/log.ts'

/**
 * Bolt 5 takes for granted that what comes in is an object of the shape it expects; `null` or a missing payload ends
 * in an unhandled rejection, which would end the daemon. These look first.
 */
const MOST = 1024 * 1024
const TYPES: ReadonlySet<string> = new Set([
  'hello',
  'disconnect',
  'interactive',
  'slash_commands',
  'events_api',
])

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whether a Socket Mode frame can be given to the client. */
export function isEnvelope(text: string): boolean {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return false
  }
  if (!isObject(value) || typeof value.type !== 'string' || !TYPES.has(value.type)) return false
  if (value.type === 'hello' || value.type === 'disconnect') return true
  if (typeof value.envelope_id !== 'string' || !isObject(value.payload)) return false
  return value.type === 'events_api' ? isObject(value.payload.event) : isPayload(value.payload)
}

/** An interaction that Bolt can route: actions are a list of objects, a view is one. */
const isPayload = (payload: Record<string, unknown>): boolean =>
  (payload.actions === undefined ||
    (Array.isArray(payload.actions) && payload.actions.length > 0 && payload.actions.every(isObject))) &&
  (payload.view === undefined || payload.view === null || isObject(payload.view))

export function guardSocket(client: SocketModeReceiver['client'], log: Logger): void {
  const original = client.listeners('ws_message')
  client.removeAllListeners('ws_message')
  client.on('ws_message', (data: unknown, binary: unknown) => {
    if (typeof data !== 'string' || !isEnvelope(data)) {
      log.warn({ bytes: typeof data === 'string' ? data.length : undefined }, 'Slack sent a malformed frame')
      return
    }
    for (const listener of original) Reflect.apply(listener, client, [data, binary])
  })
}

/** Reads and checks the body, then hands the request to Bolt, which checks the signature over these bytes. */
export function guardHttp(
  listener: (request: IncomingMessage, response: ServerResponse) => void,
  log: Logger,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const answer = (response: ServerResponse, status: number) => {
    if (!response.headersSent) response.writeHead(status)
    response.end()
  }
  return async (request, response) => {
    try {
      const rawBody = await read(request)
      if (rawBody === undefined) return answer(response, 413)
      if (!isBody(request.headers['content-type'], rawBody.toString())) return answer(response, 400)
      listener(Object.assign(request, { rawBody }), response)
    } catch (error) {
      log.warn({ err: error }, 'a request to /slack/events was not handled')
      answer(response, 404)
    }
  }
}

async function read(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk))
    size += bytes.length
    // The rest is read and dropped, so that the answer arrives and the connection stays usable.
    if (size > 16 * MOST) break
    if (size <= MOST) chunks.push(bytes)
  }
  return size > MOST ? undefined : Buffer.concat(chunks)
}

function isBody(type: string | undefined, text: string): boolean {
  let json = text
  if (type === 'application/x-www-form-urlencoded') {
    const form = parse(text)
    if (form.ssl_check === '1') return true
    if (typeof form.payload !== 'string') return false
    json = form.payload
  }
  try {
    const value: unknown = JSON.parse(json)
    return isObject(value) && isPayload(value) && (value.event === undefined || isObject(value.event))
  } catch {
    return false
  }
}
