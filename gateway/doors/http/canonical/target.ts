import type { CanonicalRequest } from '../profile.ts'
import { refuse } from './techniques.ts'

/** A request target decoded once, and the one way to write it again for the backend. */
export interface Target {
  /** Decoded, without a trailing slash (except the root). */
  path: string
  query: [string, string][]
  /** Percent-encoded again from the decoded form: the only thing the backend sees. */
  encoded: string
}

const PLAIN_PATH = /^\/[\w\-.~/]*$/
const PLAIN_TEXT = /^[\w\-.~]*$/
const CONTROL = /[\u0000-\u001f\u007f]/
const ENCODED = /%[0-9a-f]{2}/i
/** A JWT or a Tracewarden token, whatever the parameter is called. */
const CREDENTIAL = /^(?:Bearer\s+)?(?:tw_\w{8}|eyJ[\w-]+\.eyJ)/i

/** @throws TW_HTTP_TARGET with the technique's name; TW_HTTP_TOKEN_IN_URL. */
export function canonicalTarget(url: string): Target {
  if (url.charCodeAt(0) !== 47) throw refuse('TW_HTTP_TARGET', 'absolute-target')
  const mark = url.indexOf('?')
  const rawPath = mark < 0 ? url : url.slice(0, mark)
  const rawQuery = mark < 0 ? '' : url.slice(mark + 1)
  if (url.includes('#') || CONTROL.test(url)) throw refuse('TW_HTTP_TARGET', 'control-character')
  const path = canonicalPath(rawPath)
  const query = canonicalQuery(rawQuery)
  return { path: path.decoded, query, encoded: path.encoded + encodedQuery(query) }
}

/** The same path with another query, as the backend gets it. */
export const encodedTarget = ({ encoded }: Target, query: CanonicalRequest['query']): string =>
  encoded.split('?', 1)[0] + encodedQuery(query)

function encodedQuery(query: CanonicalRequest['query']): string {
  let encoded = ''
  for (let i = 0; i < query.length; i++) {
    const [name, value] = query[i]!
    encoded += `${i ? '&' : '?'}${encode(name)}=${encode(value)}`
  }
  return encoded
}

function canonicalPath(raw: string): { decoded: string; encoded: string } {
  if (raw.includes('//')) throw refuse('TW_HTTP_TARGET', 'empty-segment')
  const slash = raw.length > 1 && raw.endsWith('/')
  const trimmed = slash ? raw.slice(0, -1) : raw
  if (PLAIN_PATH.test(trimmed) && !trimmed.includes('/.')) return { decoded: trimmed, encoded: raw }
  let decoded = ''
  let encoded = ''
  for (const part of trimmed.slice(1).split('/')) {
    const segment = canonicalSegment(part)
    decoded += `/${segment}`
    encoded += `/${encodeURIComponent(segment)}`
  }
  return { decoded, encoded: slash ? `${encoded}/` : encoded }
}

function canonicalSegment(raw: string): string {
  if (raw.includes('\\')) throw refuse('TW_HTTP_TARGET', 'backslash')
  if (raw.includes(';')) throw refuse('TW_HTTP_TARGET', 'path-parameter')
  const segment = decode(raw, false)
  if (segment === '.' || segment === '..') throw refuse('TW_HTTP_TARGET', 'path-traversal')
  if (segment.includes('/')) throw refuse('TW_HTTP_TARGET', 'encoded-slash')
  if (segment.includes('\\')) throw refuse('TW_HTTP_TARGET', 'backslash')
  if (segment.includes(';')) throw refuse('TW_HTTP_TARGET', 'path-parameter')
  if (segment.includes('\u0000')) throw refuse('TW_HTTP_TARGET', 'encoded-nul')
  if (CONTROL.test(segment)) throw refuse('TW_HTTP_TARGET', 'control-character')
  if (ENCODED.test(segment)) throw refuse('TW_HTTP_TARGET', 'double-encoding')
  return segment
}

function canonicalQuery(raw: string): [string, string][] {
  const query: [string, string][] = []
  if (raw === '') return query
  for (const pair of raw.split('&')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = decode(equals < 0 ? pair : pair.slice(0, equals), true)
    const value = equals < 0 ? '' : decode(pair.slice(equals + 1), true)
    if (CONTROL.test(name)) throw refuse('TW_HTTP_TARGET', 'control-character')
    // Values may look encoded (`LIKE '%ab%'`); names have no reason to.
    if (ENCODED.test(name)) throw refuse('TW_HTTP_TARGET', 'double-encoding')
    if (value.includes('\u0000')) throw refuse('TW_HTTP_TARGET', 'encoded-nul')
    if (name === '_method') throw refuse('TW_HTTP_HEADERS', 'method-override')
    if (CREDENTIAL.test(value)) throw refuse('TW_HTTP_TOKEN_IN_URL', 'token-in-url')
    query.push([name, value])
  }
  return query
}

function decode(raw: string, form: boolean): string {
  if (PLAIN_TEXT.test(raw)) return raw
  // Bytes outside ASCII arrive as Latin-1 and would be decoded by everybody differently.
  if (/[^\u0020-\u007e]/.test(raw)) throw refuse('TW_HTTP_TARGET', 'invalid-utf8')
  try {
    return decodeURIComponent(form ? raw.replaceAll('+', ' ') : raw)
  } catch {
    throw refuse('TW_HTTP_TARGET', 'invalid-utf8')
  }
}

const encode = (text: string) => (PLAIN_TEXT.test(text) ? text : encodeURIComponent(text))
