import type { Predicate } from '../../../../policy/facts.ts'
import { fail } from '../errors.ts'

/**
 * Phoenix's filters are Python expressions: `span_kind == 'LLM' and 'refund' in input.value`. Nothing is evaluated
 * here: the expression is cut into tokens and every field reference in it is a predicate. What the tokenizer does not
 * know is refused, so nothing can be a field for Phoenix that was not one here.
 *
 * A reference is a name with its dots and subscripts: `attributes['llm']['model_name']`, `annotations['q'].score`.
 */
const TOKEN =
  /\s+|(?<string>'(?:[^'\\\n]|\\[^\n])*'|"(?:[^"\\\n]|\\[^\n])*")|(?<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)|(?<name>[A-Za-z_]\w*)|(?<operator>==|!=|<=|>=|<|>|\*\*|\/\/|[-+*/%])|(?<punctuation>[().,[\]])/y
const WORDS = new Set(['and', 'or', 'not', 'in', 'is', 'None', 'True', 'False', 'for', 'if'])
const FUNCTIONS = new Set(['str', 'int', 'float', 'any', 'all', 'len', 'max', 'min', 'sum'])
const MAX = 20_000

type Kind = 'string' | 'number' | 'name' | 'operator' | 'punctuation'
interface Token {
  kind: Kind
  text: string
  at: number
}

function tokensOf(source: string): Token[] {
  if (source.length > MAX) throw fail('TW_PROFILE_FILTER', { at: MAX, reason: 'it is too long' })
  const tokens: Token[] = []
  for (let at = 0; at < source.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at
    const match = TOKEN.exec(source)
    if (!match) throw fail('TW_PROFILE_FILTER', { at, reason: 'unexpected character' })
    const found = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined)
    if (!found?.[1]) continue
    const [kind, text] = found
    const before = tokens.at(-1)
    const glued = before !== undefined && before.at + before.text.length === at
    // A prefix changes what a string means (`f'…'`), and two strings side by side are one.
    if (kind === 'string' && before && (before.kind === 'string' || (glued && before.kind === 'name')))
      throw fail('TW_PROFILE_FILTER', { at, reason: 'strings with a prefix, or side by side' })
    if (kind === 'name' && glued && before?.kind === 'number')
      throw fail('TW_PROFILE_FILTER', { at, reason: 'a number that runs into a name' })
    tokens.push({ kind: kind as Kind, text, at })
  }
  return tokens
}

/** Field paths of an expression, in the store's own spelling. @throws TW_PROFILE_FILTER */
export function references(source: string): string[] {
  const tokens = tokensOf(source)
  const found = new Set<string>()
  let i = 0
  while (i < tokens.length) {
    const token = tokens[i++]!
    if (token.kind !== 'name' || WORDS.has(token.text)) continue
    if (tokens[i]?.text === '(') {
      if (!FUNCTIONS.has(token.text))
        throw fail('TW_PROFILE_FILTER', { at: token.at, reason: 'this function is not known' })
      continue
    }
    let path = token.text
    for (;;) {
      const [first, second, third] = [tokens[i], tokens[i + 1], tokens[i + 2]]
      if (first?.text === '.' && second?.kind === 'name') {
        path += `.${second.text}`
        i += 2
      } else if (first?.text === '[' && (second?.kind === 'string' || second?.kind === 'number')) {
        if (third?.text !== ']')
          throw fail('TW_PROFILE_FILTER', { at: second.at, reason: 'expected one key in brackets' })
        path += `.${second.kind === 'string' ? keyOf(second) : '*'}`
        i += 3
      } else if (first?.text === '[')
        throw fail('TW_PROFILE_FILTER', { at: first.at, reason: 'expected one key in brackets' })
      else break
    }
    found.add(path)
  }
  return [...found]
}

/** A key with an escape in it is one key here and another there. */
function keyOf(token: Token): string {
  if (token.text.includes('\\'))
    throw fail('TW_PROFILE_FILTER', { at: token.at, reason: 'an escape in a key' })
  return token.text.slice(1, -1)
}

/** A span's own columns; every other name is an attribute of it. */
const COLUMNS = new Map([
  ['span_id', 'span_id'],
  ['context.span_id', 'span_id'],
  ['trace_id', 'trace_id'],
  ['context.trace_id', 'trace_id'],
  ['parent_id', 'parent_id'],
  ['parent_span', 'parent_id'],
  ['span_kind', 'span_kind'],
  ['status_code', 'status_code'],
  ['start_time', 'start_time'],
  ['end_time', 'end_time'],
  ['latency_ms', 'latency_ms'],
  ['name', 'name'],
  ['status_message', 'status_message'],
  ['events', 'events'],
  ['total_cost', 'cost'],
  ['prompt_cost', 'cost'],
  ['completion_cost', 'cost'],
  ['num_spans', 'count'],
  ['num_traces', 'count'],
  ['error_count', 'count'],
  ['session_id', 'session_id'],
])

/** The canonical path of a field that a filter names: `span.start_time`, `span.attributes.llm.model_name`. */
export function spanField(reference: string): string {
  const column = COLUMNS.get(reference)
  if (column) return `span.${column}`
  if (/^cumulative_(llm_)?token_count\b/.test(reference)) return 'span.attributes.llm.token_count.total'
  if (/^(attributes|annotations|evals|trace_annotations|events)(\.|$)/.test(reference))
    return `span.${reference}`
  return `span.attributes.${reference}`
}

/** @throws TW_PROFILE_FILTER */
export function conditionPredicates(source: string | undefined): Predicate[] {
  if (source === undefined) return []
  return references(source).map((reference) => ({ field: spanField(reference), use: 'filter' }))
}

/** What filters may test and sort by without learning content; part of every Phoenix shape. */
export const TESTABLE: readonly string[] = [
  ...['span_id', 'trace_id', 'parent_id', 'span_kind', 'status_code', 'session_id'],
  ...['start_time', 'end_time', 'latency_ms', 'cost', 'count'],
  'attributes.llm.token_count.*',
  'attributes.openinference.span.kind',
  'annotations.*.score',
].map((name) => `span.${name}`)
