import type { Predicate } from '../../../../policy/facts.ts'
import { fail } from '../errors.ts'

/**
 * TraceQL: `{ resource.service.name = "agent" && span.http.status_code >= 500 } | by(name) | select(span.x)`. Nothing is
 * evaluated: the query is cut into tokens, and every reference in it is a predicate, whatever it is used for. What the
 * tokenizer does not know is refused, so nothing can be a field for Tempo that was not one here.
 */
const TOKEN =
  /\s+|(?<string>"(?:[^"\\\n]|\\[^\n])*"|`[^`]*`)|(?<number>\d+(?:\.\d+)?(?:[a-zµ]+\d*(?:\.\d+)?)*)|(?<name>[A-Za-z_][\w:]*(?:\.(?:[\w-]+|"[^"\\\n]*"))*|\.(?:[A-Za-z_][\w-]*|"[^"\\\n]*")(?:\.(?:[\w-]+|"[^"\\\n]*"))*)|(?<operator>&&|\|\||[!&]?(?:>>|<<|~)|[!=<>]=|[-+*/^%|!=<>~])|(?<punctuation>[(){},])/y
const MAX = 20_000

/** Words that are no references: literals, aggregates, functions over time. */
const WORDS = new Set(
  `true false nil error ok unset server client producer consumer internal unspecified
  count avg max min sum by select coalesce rate count_over_time min_over_time max_over_time avg_over_time
  sum_over_time quantile_over_time histogram_over_time topk bottomk with most_recent`.split(/\s+/),
)
const SCOPES = new Set(['span', 'resource', 'event', 'link', 'instrumentation', 'parent'])

/** Intrinsics that tell no content, by all their names. */
const INTRINSIC = new Map([
  ...['duration', 'span:duration'].map((name) => [name, 'duration'] as const),
  ...['traceDuration', 'trace:duration'].map((name) => [name, 'traceDuration'] as const),
  ...['status', 'span:status'].map((name) => [name, 'status'] as const),
  ...['kind', 'span:kind'].map((name) => [name, 'kind'] as const),
  ...['rootServiceName', 'trace:rootService'].map((name) => [name, 'rootServiceName'] as const),
  ...['rootName', 'trace:rootName'].map((name) => [name, 'rootName'] as const),
  ...['name', 'span:name'].map((name) => [name, 'name'] as const),
  ...['nestedSetParent', 'nestedSetLeft', 'nestedSetRight', 'childCount', 'span:childCount'].map(
    (name) => [name, 'nestedSet'] as const,
  ),
  ...['trace:id', 'span:id', 'span:parentID', 'link:traceID', 'link:spanID'].map(
    (name) => [name, 'id'] as const,
  ),
  ...['event:timeSinceStart', 'traceStartTime'].map((name) => [name, 'startTime'] as const),
])

/** The canonical path of a reference: `span.http.status_code`, `resource.service.name`, `intrinsic.duration`. */
export function fieldOf(reference: string): string {
  const known = INTRINSIC.get(reference)
  if (known) return `intrinsic.${known}`
  const plain = reference.replaceAll('"', '')
  // Without a scope either may be meant.
  if (plain.startsWith('.')) return plain === '.service.name' ? 'resource.service.name' : `span${plain}`
  const scope = plain.split('.', 1)[0] ?? ''
  const rest = plain.slice(scope.length + 1)
  if (scope === 'parent') return fieldOf(SCOPES.has(rest.split('.', 1)[0] ?? '') ? rest : `.${rest}`)
  return SCOPES.has(scope) && rest !== '' ? plain : `unknown.${plain}`
}

/** @throws TW_PROFILE_FILTER */
export function traceqlPredicates(source: string): Predicate[] {
  if (source.length > MAX) throw fail('TW_PROFILE_FILTER', { at: MAX, reason: 'it is too long' })
  const fields = new Set<string>()
  let glued = false
  for (let at = 0; at < source.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at
    const match = TOKEN.exec(source)
    if (!match) throw fail('TW_PROFILE_FILTER', { at, reason: 'unexpected character' })
    const { string, number, name, operator } = match.groups ?? {}
    // A comment hides a quote from one reader, and with it where a string ends.
    if (operator === '/' && /^[/*]/.test(source.slice(TOKEN.lastIndex)))
      throw fail('TW_PROFILE_FILTER', { at, reason: 'a comment' })
    const value = string ?? number ?? name
    // A value that runs into another is two tokens for one reader and one for another.
    if (value !== undefined && glued)
      throw fail('TW_PROFILE_FILTER', { at, reason: 'two values without a space' })
    glued = value !== undefined
    if (name !== undefined && !WORDS.has(name)) fields.add(fieldOf(name))
  }
  return [...fields].map((field) => ({ field, use: 'filter', operator: 'traceql' }))
}

/** `tags=service.name=agent error=true` in logfmt: the names. @throws TW_PROFILE_FILTER */
export function tagPredicates(source: string): Predicate[] {
  const predicates: Predicate[] = []
  const pair = /\s*([\w.:/-]+)=(?:"(?:[^"\\]|\\.)*"|[^\s"=]*)(?=\s|$)/y
  for (let at = 0; at < source.trimEnd().length; at = pair.lastIndex) {
    pair.lastIndex = at
    const name = pair.exec(source)?.[1]
    if (name === undefined) throw fail('TW_PROFILE_FILTER', { at, reason: 'expected name=value' })
    predicates.push({ field: tagField(name), use: 'filter', operator: '=' })
  }
  return predicates
}

/** Tags without a scope, as the older endpoints name them. */
export const tagField = (name: string): string => {
  if (INTRINSIC.has(name)) return fieldOf(name)
  return SCOPES.has(name.split('.', 1)[0] ?? '') ? fieldOf(name) : fieldOf(`.${name}`)
}
