import { type Body, isObject } from '../request.ts'
import { notAllowed, only, test, type Uses } from './fields.ts'

/**
 * The query language, by allow-list. Every field a query tests is a predicate, of which policy judges; a kind of query
 * that is not here is refused, whatever it does.
 */
const COMPOUND: Readonly<Record<string, ReadonlySet<string>>> = {
  bool: new Set(['must', 'filter', 'should', 'must_not', 'minimum_should_match', 'boost']),
  constant_score: new Set(['filter', 'boost']),
  dis_max: new Set(['queries', 'tie_breaker', 'boost']),
  nested: new Set(['path', 'query', 'score_mode', 'ignore_unmapped', 'boost']),
}
const CLAUSES = ['must', 'filter', 'should', 'must_not', 'queries', 'query']

/** `{term: {field: value or options}}`. */
const BY_FIELD: Readonly<Record<string, ReadonlySet<string>>> = {
  term: new Set(['value', 'boost', 'case_insensitive']),
  range: new Set(['gt', 'gte', 'lt', 'lte', 'format', 'time_zone', 'relation', 'boost']),
  match: new Set(['query', 'operator', 'minimum_should_match', 'lenient', 'zero_terms_query', 'boost']),
  match_phrase: new Set(['query', 'slop', 'zero_terms_query', 'boost']),
  match_phrase_prefix: new Set(['query', 'slop', 'max_expansions', 'boost']),
  prefix: new Set(['value', 'case_insensitive', 'rewrite', 'boost']),
  wildcard: new Set(['value', 'wildcard', 'case_insensitive', 'rewrite', 'boost']),
  regexp: new Set(['value', 'flags', 'case_insensitive', 'max_determinized_states', 'rewrite', 'boost']),
  fuzzy: new Set(['value', 'fuzziness', 'max_expansions', 'prefix_length', 'transpositions', 'boost']),
}
const OTHERS: Readonly<Record<string, ReadonlySet<string>>> = {
  match_all: new Set(['boost']),
  match_none: new Set(),
  ids: new Set(['values', 'boost']),
  exists: new Set(['field', 'boost']),
}
/** Little languages of their own, which may name any field. */
const ANYWHERE = new Set(['query_string', 'simple_query_string', 'multi_match', 'more_like_this'])
const MAX_DEPTH = 20

/** @throws TW_PROFILE_QUERY */
export function readQuery(query: unknown, uses: Uses, depth = 0): void {
  if (!isObject(query) || depth > MAX_DEPTH) throw notAllowed('query')
  const [entry, more] = Object.entries(query)
  if (!entry || more) throw notAllowed('a query of more or less than one kind')
  const [kind, body] = entry
  if (!isObject(body)) throw notAllowed(kind)
  if (Object.hasOwn(COMPOUND, kind)) readCompound(kind, body, uses, depth)
  else if (Object.hasOwn(BY_FIELD, kind)) readByField(kind, body, uses)
  else if (kind === 'terms') readTerms(body, uses)
  else if (Object.hasOwn(OTHERS, kind)) {
    only(body, OTHERS[kind]!, kind)
    if (kind === 'exists') test(uses, 'filter', kind, body.field)
  } else if (!ANYWHERE.has(kind)) throw notAllowed(`query.${kind}`)
  else if (kind !== 'query_string' || !isEverything(body))
    uses.predicates.push({ field: '', use: 'filter', operator: kind })
}

function readCompound(kind: string, body: Body, uses: Uses, depth: number): void {
  only(body, COMPOUND[kind]!, kind)
  for (const name of CLAUSES)
    for (const clause of [body[name] ?? []].flat()) readQuery(clause, uses, depth + 1)
}

/** Terms from a list; those of another document (`{index, id, path}`) would test what nobody sees. */
function readTerms(body: Body, uses: Uses): void {
  for (const [name, value] of Object.entries(body)) {
    if (name === 'boost') continue
    if (!Array.isArray(value)) throw notAllowed('terms of another document')
    test(uses, 'filter', 'terms', name)
  }
}

function readByField(kind: string, body: Body, uses: Uses): void {
  for (const [name, value] of Object.entries(body)) {
    if (isObject(value)) only(value, BY_FIELD[kind]!, kind)
    else if (Array.isArray(value)) throw notAllowed(kind)
    test(uses, 'filter', kind, name)
  }
}

/** What dashboards send for “no filter”. */
const isEverything = ({ query, analyze_wildcard, ...rest }: Body): boolean =>
  (query === '*' || query === '*:*') &&
  (analyze_wildcard === undefined || typeof analyze_wildcard === 'boolean') &&
  Object.keys(rest).length === 0

/** What a query must match: traces or documents that it names, or anything. */
export interface Anchor {
  by: 'trace' | 'document'
  ids: readonly string[]
}

/** Whether every document found is one of those named. Alternatives (`should`) prove nothing. */
export function anchorOf(query: unknown, traceFields: readonly string[]): Anchor | undefined {
  if (!isObject(query)) return undefined
  const { bool, constant_score, term, terms, ids } = query
  if (isObject(ids)) return named('document', ids.values)
  for (const [name, value] of Object.entries(isObject(term) ? term : {}))
    if (traceFields.includes(name)) return named('trace', isObject(value) ? value.value : value)
  for (const [name, value] of Object.entries(isObject(terms) ? terms : {}))
    if (traceFields.includes(name)) return named('trace', value)
  if (isObject(constant_score)) return anchorOf(constant_score.filter, traceFields)
  if (!isObject(bool)) return undefined
  for (const clause of [bool.filter ?? [], bool.must ?? []].flat()) {
    const anchor = anchorOf(clause, traceFields)
    if (anchor) return anchor
  }
  return undefined
}

function named(by: Anchor['by'], value: unknown): Anchor | undefined {
  const ids = [value].flat()
  if (ids.length === 0 || !ids.every((id) => typeof id === 'string')) return undefined
  return { by, ids: [...new Set(ids)].sort() }
}
