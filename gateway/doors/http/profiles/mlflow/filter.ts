import type { Predicate } from '../../../../policy/facts.ts'
import { fail } from '../errors.ts'

/**
 * MLflow's search filters: comparisons joined by AND. The grammar here is narrower than the store's (which leans on a
 * general SQL tokenizer), so that both read the same fields: no comments, no escapes that move a quote, no brackets
 * but a list of values.
 *
 *   filter     := comparison (AND comparison)*
 *   comparison := identifier operator value | identifier IN (value, …) | identifier IS [NOT] NULL
 *   identifier := word(.part)*, where a part is a word, `…` or "…"
 */
type Token = {
  kind: 'identifier' | 'value' | 'operator' | 'keyword' | 'punctuation'
  text: string
  at: number
}

const TOKEN =
  /\s+|(?<value>'(?:[^'\\]|\\[^'])*'|"(?:[^"\\]|\\[^"])*"|-?\d+(?:\.\d+)?(?![\w.]))|(?<identifier>[A-Za-z_][\w-]*(?:\.(?:[\w-]+|`[^`]+`|"[^"\\]+"))*)|(?<operator><=|>=|!=|<>|=|<|>)|(?<punctuation>[(),])/y
const KEYWORDS = new Set(['AND', 'LIKE', 'ILIKE', 'RLIKE', 'IN', 'NOT', 'IS', 'NULL'])
const TEXTUAL = new Set(['LIKE', 'ILIKE', 'RLIKE'])

function* tokens(source: string): Generator<Token> {
  let at = 0
  while (at < source.length) {
    TOKEN.lastIndex = at
    const match = TOKEN.exec(source)
    if (!match || match[0] === '') throw fail('TW_PROFILE_FILTER', { at, reason: 'unexpected character' })
    const { value, identifier, operator } = match.groups ?? {}
    const upper = identifier?.toUpperCase()
    if (value !== undefined) yield { kind: 'value', text: value, at }
    else if (upper !== undefined && KEYWORDS.has(upper)) yield { kind: 'keyword', text: upper, at }
    else if (identifier !== undefined) yield { kind: 'identifier', text: identifier, at }
    else if (operator !== undefined) yield { kind: 'operator', text: operator, at }
    else if (match[0].trim() !== '') yield { kind: 'punctuation', text: match[0], at }
    at = TOKEN.lastIndex
    // A value that runs into a word is two tokens for one reader and one for another.
    if (value !== undefined && /[\w'"`]/.test(source[at] ?? ''))
      throw fail('TW_PROFILE_FILTER', { at, reason: 'two values without a space' })
  }
}

/** The fields a filter tests, in the canonical paths that `field` gives. @throws TW_PROFILE_FILTER */
export function filterPredicates(source: string, field: (identifier: string) => string): Predicate[] {
  const list = [...tokens(source)]
  const predicates: Predicate[] = []
  let next = 0
  const take = (kind: Token['kind'], text?: string): Token => {
    const token = list[next++]
    if (token?.kind === kind && (text === undefined || token.text === text)) return token
    throw fail('TW_PROFILE_FILTER', { at: token?.at ?? source.length, reason: `expected ${text ?? kind}` })
  }
  const peek = (text: string) => list[next]?.text === text && list[next]?.kind !== 'value'
  while (next < list.length) {
    if (predicates.length) take('keyword', 'AND')
    const identifier = take('identifier').text
    predicates.push({ field: field(unquoted(identifier)), use: 'filter', operator: operatorOf() })
  }
  return predicates

  function operatorOf(): string {
    if (peek('IS')) {
      next++
      const not = peek('NOT')
      if (not) next++
      take('keyword', 'NULL')
      return not ? 'IS NOT NULL' : 'IS NULL'
    }
    const negated = peek('NOT')
    if (negated) next++
    if (peek('IN')) {
      next++
      take('punctuation', '(')
      take('value')
      while (peek(',')) {
        next++
        take('value')
      }
      take('punctuation', ')')
      return negated ? 'NOT IN' : 'IN'
    }
    const token = list[next++]
    const known = token?.kind === 'operator' || (token?.kind === 'keyword' && TEXTUAL.has(token.text))
    if (negated || !token || !known)
      throw fail('TW_PROFILE_FILTER', { at: token?.at ?? source.length, reason: 'expected an operator' })
    take('value')
    return token.text
  }
}

const ORDER =
  /^\s*(?<field>[A-Za-z_][\w-]*(?:\.(?:[\w-]+|`[^`"']+`|"[^"'`\\]+"))*)(?:\s+(?<way>asc|desc))?\s*$/i

/** One `order_by` item. @throws TW_PROFILE_FILTER */
export function orderPredicate(source: string, field: (identifier: string) => string): Predicate {
  const match = ORDER.exec(source)?.groups
  if (!match?.field) throw fail('TW_PROFILE_FILTER', { at: 0, reason: 'expected a field and ASC or DESC' })
  return { field: field(unquoted(match.field)), use: 'sort', operator: match.way?.toLowerCase() ?? 'asc' }
}

const unquoted = (identifier: string) => identifier.replace(/[`"]/g, '')
