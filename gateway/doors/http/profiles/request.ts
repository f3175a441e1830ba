import { canonical } from '../../../../core/canonical.ts'
import type { Predicate } from '../../../policy/facts.ts'
import type { CanonicalRequest, RouteFacts } from '../profile.ts'
import { fail } from './errors.ts'

/** Reading parameters so that the backend cannot read them otherwise: once each, of one type, under one name. */
export type Body = Readonly<Record<string, unknown>>

const utf8 = new TextDecoder('utf-8', { fatal: true })

export const isObject = (value: unknown): value is Body =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The body as one JSON object; none is an empty one. @throws TW_PROFILE_BODY */
export function jsonBody(request: CanonicalRequest): Body {
  if (request.body.length === 0) return {}
  let value: unknown
  try {
    value = JSON.parse(utf8.decode(request.body))
  } catch (error) {
    throw fail('TW_PROFILE_BODY', { reason: 'not JSON' }, error)
  }
  if (!isObject(value)) throw fail('TW_PROFILE_BODY', { reason: 'not an object' })
  if (repeatsKey(utf8.decode(request.body)))
    throw fail('TW_PROFILE_BODY', { reason: 'an object with the same key twice' })
  return value
}

/** Whether an object of this (valid) JSON has a key twice, however it is spelt: readers differ on which one counts. */
function repeatsKey(json: string): boolean {
  const open: (Set<string> | undefined)[] = []
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"\s*:?|[{}[\]]/g)) {
    if (token === '{') open.push(new Set())
    else if (token === '[') open.push(undefined)
    else if (token === '}' || token === ']') open.pop()
    else if (token.endsWith(':')) {
      const key = String(JSON.parse(token.slice(0, -1)))
      const keys = open.at(-1)
      if (keys?.has(key)) return true
      keys?.add(key)
    }
  }
  return false
}

/** A body where a backend would ignore or prefer it is a second request inside the first. @throws TW_PROFILE_BODY */
export function noBody(request: CanonicalRequest): void {
  if (request.body.length > 0) throw fail('TW_PROFILE_BODY', { reason: 'this route takes none' })
}

export const all = (request: CanonicalRequest, name: string): string[] =>
  request.query.flatMap(([key, value]) => (key === name ? [value] : []))

/** A query parameter that may stand once. @throws TW_PROFILE_REPEATED */
export function one(request: CanonicalRequest, name: string): string | undefined {
  const values = all(request, name)
  if (values.length > 1) throw fail('TW_PROFILE_REPEATED', { name })
  return values[0]
}

/** A member that is text, or absent (null counts as absent). @throws TW_PROFILE_PARAMETER */
export function text(body: Body, name: string): string | undefined {
  const value = body[name]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw fail('TW_PROFILE_PARAMETER', { name, expected: 'text' })
  return value
}

/** A member that is a list of texts, or absent. @throws TW_PROFILE_PARAMETER */
export function texts(body: Body, name: string): readonly string[] {
  const value = body[name]
  if (value === undefined || value === null) return []
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string'))
    throw fail('TW_PROFILE_PARAMETER', { name, expected: 'a list of texts' })
  return value
}

/** A whole number, from JSON or a query. @throws TW_PROFILE_PARAMETER */
export function count(name: string, value: unknown): number | undefined {
  if (value === undefined || value === null || value === '') return undefined
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
  if (typeof number !== 'number' || !Number.isInteger(number) || number < 0)
    throw fail('TW_PROFILE_PARAMETER', { name, expected: 'a whole number' })
  return number
}

/** `POST /api/3.0/mlflow/traces/search filter(traces.*.state =) sort(…) max_results`: no literal in it. */
export function shapeText(
  pattern: string,
  request: CanonicalRequest,
  names: readonly string[],
  predicates: readonly Predicate[],
): string {
  const parts = [`${request.method} ${pattern.replace(/:[^/]+/g, '?')}`]
  if (names.length === 0 && predicates.length === 0) return parts[0]!
  for (const use of ['filter', 'sort', 'group', 'aggregate'] as const) {
    const of = predicates.filter((predicate) => predicate.use === use)
    const told = of.map(({ field, operator }) => (operator ? `${field} ${operator}` : field))
    if (told.length) parts.push(`${use}(${[...new Set(told)].join(', ')})`)
  }
  return [...parts, ...[...new Set(names)].sort()].join(' ').slice(0, 2000)
}

/** Facts without the members that are absent. */
export function factsOf(facts: { [K in keyof RouteFacts]: RouteFacts[K] | undefined }): RouteFacts {
  const present: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(facts)) if (value !== undefined) present[name] = value
  return present
}

/** The logical query: what is asked, without paging, so that all its pages are one matter. */
export function logicalText(
  route: string,
  request: CanonicalRequest,
  body: Body,
  paging: ReadonlySet<string>,
): string {
  const kept = Object.entries(body).filter(([name]) => !paging.has(name))
  return canonical({
    route,
    params: request.params,
    query: request.query.filter(([name]) => !paging.has(name)).map(([name, value]) => [name, value]),
    body: Object.fromEntries(kept),
  })
}
