import type { BackendHead } from '../backend.ts'
import { fail } from '../errors.ts'
import type { RouteResponse } from '../profile.ts'

export type BodyKind = Exclude<RouteResponse['kind'], 'asset'>

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json$/
const BY_TYPE: Readonly<Record<string, BodyKind>> = {
  'application/jsonl': 'ndjson',
  'application/ndjson': 'ndjson',
  'application/x-ndjson': 'ndjson',
  'multipart/mixed': 'multipart',
  'text/event-stream': 'sse',
}
/** Attachments: the route says what is in them, and what is not that fails to mask. */
const OPAQUE = new Set(['application/octet-stream', 'text/plain'])
const ASSETS =
  /^(?:text\/(?:html|css|javascript|plain)|application\/(?:x-)?javascript|image\/[\w.+-]+|font\/[\w.+-]+|application\/(?:font-\w+|vnd\.ms-fontobject|wasm|manifest\+json))$/

/** `type/subtype` in lower case and the rest of the content-type header. */
export function contentTypeOf(head: BackendHead): { type: string; header: string } {
  const sent = head.headers['content-type'] ?? ''
  const header = typeof sent === 'string' ? sent : (sent[0] ?? '')
  const semicolon = header.indexOf(';')
  return { type: (semicolon < 0 ? header : header.slice(0, semicolon)).trim().toLowerCase(), header }
}

/**
 * How the body is masked: by what it is, as long as the route may answer that. JSON, NDJSON, SSE and multipart carry
 * the same records, so a route of one kind may answer another. @throws TW_HTTP_CONTENT_TYPE
 */
export function bodyKind(route: BodyKind, head: BackendHead): BodyKind {
  const { type, header } = contentTypeOf(head)
  if (type === 'application/json' && type.length === header.length) return 'json'
  const charset = /charset\s*=\s*"?([\w-]+)/i.exec(header)?.[1]?.toLowerCase()
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8' && charset !== 'us-ascii')
    throw fail('TW_HTTP_CONTENT_TYPE', { type: `${type} in ${charset}` })
  if (OPAQUE.has(type)) return route
  if (route === 'text') {
    if (type.startsWith('text/')) return 'text'
    if (JSON_TYPE.test(type)) return 'json'
  } else {
    if (JSON_TYPE.test(type)) return 'json'
    const kind = BY_TYPE[type]
    if (kind) return kind
  }
  throw fail('TW_HTTP_CONTENT_TYPE', { type: type || 'none' })
}

/** An asset is never trace data, so never JSON, whatever it is called. @throws TW_HTTP_CONTENT_TYPE */
export function checkAsset(head: BackendHead, first: Uint8Array | undefined): void {
  const { type } = contentTypeOf(head)
  if (first === undefined || first.length === 0) return
  if (!ASSETS.test(type)) throw fail('TW_HTTP_CONTENT_TYPE', { type: type || 'none' })
  if (type === 'application/manifest+json') return
  let i = 0
  while (i < first.length && (first[i] === 32 || (first[i]! >= 9 && first[i]! <= 13))) i++
  // A script may begin with a bracket; a page, a style or an image does not.
  if (!type.endsWith('javascript') && (first[i] === 123 || first[i] === 91))
    throw fail('TW_HTTP_CONTENT_TYPE', { type: `${type} that is JSON` })
}
