import { refuse } from '../techniques.ts'

/** A request target decoded once. */
export interface Target {
  /** As it is signed. */
  path: string
  /** In order, each name once. */
  query: readonly (readonly [string, string])[]
}

/** What a request is about. */
export interface Address {
  /** Empty: the service itself. */
  bucket: string
  /** Empty: the bucket itself. */
  key: string
}

const CONTROL = /[\u0000-\u001f\u007f]/
/** Decoded once more this would be another key, and some backends do. */
const ENCODED_AGAIN = /%(?:2e|2f|5c|00|25)/i
export const MAX_KEY = 1024

/** @throws TW_S3_TARGET with the technique's name */
export function canonicalTarget(url: string): Target {
  if (url.charCodeAt(0) !== 47) throw refuse('TW_S3_TARGET', 'absolute-target')
  if (url.includes('#') || CONTROL.test(url)) throw refuse('TW_S3_TARGET', 'control-character')
  const mark = url.indexOf('?')
  const rawPath = mark < 0 ? url : url.slice(0, mark)
  const query = new Map<string, string>()
  for (const pair of mark < 0 ? [] : url.slice(mark + 1).split('&')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = decode(equals < 0 ? pair : pair.slice(0, equals))
    if (query.has(name)) throw refuse('TW_S3_TARGET', 'duplicate-parameter')
    query.set(name, equals < 0 ? '' : decode(pair.slice(equals + 1)))
  }
  if (/%2f/i.test(rawPath)) throw refuse('TW_S3_TARGET', 'encoded-slash')
  return { path: decode(rawPath), query: [...query] }
}

/** Some take `+` for a blank and some do not, so it has to be written as what it means. */
function decode(raw: string): string {
  if (raw.includes('+') || /[^\u0021-\u007e]/.test(raw)) throw refuse('TW_S3_TARGET', 'invalid-utf8')
  try {
    return decodeURIComponent(raw)
  } catch {
    throw refuse('TW_S3_TARGET', 'invalid-utf8')
  }
}

/** Bucket and key, from the path or from the host. @throws TW_S3_TARGET */
export function addressOf(target: Target, host: string, virtualHosts: readonly string[]): Address {
  const name = host.toLowerCase().replace(/:\d+$/, '')
  const door = virtualHosts.find((own) => name.endsWith(`.${own}`))
  const path = target.path.slice(1)
  if (door !== undefined) {
    const bucket = name.slice(0, -door.length - 1)
    return { bucket, key: checkedKey(path) }
  }
  const slash = path.indexOf('/')
  if (slash < 0) return { bucket: path, key: '' }
  return { bucket: path.slice(0, slash), key: checkedKey(path.slice(slash + 1)) }
}

/**
 * A key has one reading, here and behind every kind of backend: those that keep objects as files would follow `..`.
 * @throws TW_S3_TARGET
 */
export function checkedKey(key: string): string {
  if (key === '') return key
  if (CONTROL.test(key)) throw refuse('TW_S3_TARGET', 'control-character')
  if (key.includes('\\')) throw refuse('TW_S3_TARGET', 'backslash')
  if (ENCODED_AGAIN.test(key)) throw refuse('TW_S3_TARGET', 'double-encoding')
  const segments = key.split('/')
  if (segments.some((segment) => segment === '.' || segment === '..'))
    throw refuse('TW_S3_TARGET', 'path-traversal')
  if (segments.slice(0, -1).includes('')) throw refuse('TW_S3_TARGET', 'empty-segment')
  if (Buffer.byteLength(key) > MAX_KEY) throw refuse('TW_S3_TARGET', 'header-flood')
  return key
}
