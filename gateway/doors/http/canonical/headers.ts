import { refuse, type Technique } from './techniques.ts'

/** Headers in one form: what the backend may get, and what the door itself reads. */
export interface Headers {
  /** Allow-listed, lower-case, each once; our cookie and every credential are gone. */
  forward: Readonly<Record<string, string>>
  /** What the client sent, by lower-case name, for the door alone. */
  sent: Readonly<Record<string, string>>
  /** The value of our own cookie. */
  session: string | undefined
  /** Seen and stripped, worth an event. */
  bypass: readonly Technique[]
}

export const MAX_HEADERS = 100
const MAX_VALUE = 16 * 1024

const FORWARD = new Set([
  'accept',
  'accept-language',
  'apollo-require-preflight',
  'content-encoding',
  'content-type',
  'last-event-id',
  'user-agent',
  'x-requested-with',
])
/** Headers of the stores' own clients. */
const FORWARD_PREFIX = /^(?:mcp|x-mlflow|x-phoenix)-[a-z0-9-]+$/
/** Two of these are two readings of one request. */
const SINGLE = new Set([
  'api_key',
  'authorization',
  'content-encoding',
  'content-length',
  'content-type',
  'host',
  'origin',
  'sec-fetch-site',
  'transfer-encoding',
  'user-agent',
])
const OVERRIDE = new Set(['x-http-method', 'x-http-method-override', 'x-method-override'])
const URL_OVERRIDE = new Set(['x-original-url', 'x-rewrite-url', 'x-original-uri', 'x-accel-redirect'])

/**
 * `raw` is node's rawHeaders: name, value, name, value… An allow-list decides what goes on, so that hop-by-hop,
 * forwarding and identity headers, ranges and conditions need no list of their own.
 * @throws TW_HTTP_HEADERS, TW_HTTP_FRAMING with the technique's name.
 */
export function canonicalHeaders(raw: readonly string[], cookieName: string): Headers {
  if (raw.length > MAX_HEADERS * 2) throw refuse('TW_HTTP_HEADERS', 'header-flood')
  const sent: Record<string, string> = Object.create(null)
  const bypass: Technique[] = []
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase()
    const value = raw[i + 1]!
    if (value.length > MAX_VALUE) throw refuse('TW_HTTP_HEADERS', 'header-flood')
    if (OVERRIDE.has(name)) throw refuse('TW_HTTP_HEADERS', 'method-override')
    if (URL_OVERRIDE.has(name)) bypass.push('url-override-header')
    const before = sent[name]
    if (before === undefined) sent[name] = value
    else if (name === 'host') throw refuse('TW_HTTP_HEADERS', 'duplicate-host')
    else if (name === 'content-length' || name === 'transfer-encoding')
      throw refuse('TW_HTTP_FRAMING', 'request-smuggling')
    else if (SINGLE.has(name)) throw refuse('TW_HTTP_HEADERS', 'duplicate-header')
    else sent[name] = name === 'cookie' ? `${before}; ${value}` : `${before}, ${value}`
  }
  checkFraming(sent)
  const connection = sent.connection
  const named =
    connection === undefined || connection === 'keep-alive'
      ? undefined
      : new Set(connection.split(',').map((name) => name.trim().toLowerCase()))
  const forward: Record<string, string> = Object.create(null)
  for (const name in sent)
    if (
      (FORWARD.has(name) || ((name[0] === 'x' || name[0] === 'm') && FORWARD_PREFIX.test(name))) &&
      !named?.has(name)
    )
      forward[name] = sent[name]!
  let session: string | undefined
  if (sent.cookie !== undefined) {
    const cookies = splitCookie(sent.cookie, cookieName)
    session = cookies.ours
    if (cookies.others !== '') forward.cookie = cookies.others
  }
  return { forward, sent, session, bypass }
}

function checkFraming(sent: Readonly<Record<string, string>>) {
  const length = sent['content-length']
  const coding = sent['transfer-encoding']
  if (length !== undefined && (coding !== undefined || !/^\d{1,15}$/.test(length)))
    throw refuse('TW_HTTP_FRAMING', 'request-smuggling')
  if (coding !== undefined && coding.toLowerCase() !== 'chunked')
    throw refuse('TW_HTTP_FRAMING', 'request-smuggling')
}

/** Whatever the door's scheme, none of ours is the store's business. */
const OURS = /^(?:__Host-)?tracewarden(?:-sign-in)?=/

/** Takes our cookies out and keeps the store's own. Two of a session are none. */
function splitCookie(cookie: string, name: string): { ours: string | undefined; others: string } {
  let ours: string | undefined
  let count = 0
  const others: string[] = []
  for (const part of cookie.split(';')) {
    const pair = part.trim()
    if (pair === '') continue
    if (pair.startsWith(`${name}=`)) {
      ours = pair.slice(name.length + 1)
      count++
    } else if (!OURS.test(pair)) others.push(pair)
  }
  return { ours: count === 1 ? ours : undefined, others: others.join('; ') }
}
