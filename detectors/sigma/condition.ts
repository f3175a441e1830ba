import { invalid, unsupported } from './problem.ts'
import type { Match } from './selection.ts'

const TOKEN = /\s*(?:([()|])|([A-Za-z0-9_*?.-]+))/y
const PATH = ['detection', 'condition']
/** Deeper than anybody reads. */
const DEEPEST = 50

/**
 *   or      and { "or" and }
 *   and     not { "and" not }
 *   not     { "not" } ( "(" or ")" | COUNT "of" ( NAME* | "them" ) | NAME )
 *   COUNT   "all" | "any" | number
 *
 * `them` are all selections whose name does not begin with an underscore. @throws Refusal
 */
export function compileCondition(condition: unknown, selections: ReadonlyMap<string, Match>): Match {
  if (Array.isArray(condition)) throw unsupported('several conditions: join them with or', PATH)
  if (typeof condition !== 'string' || condition.trim() === '')
    throw invalid('expected a condition over the selections', PATH)
  const tokens = tokensOf(condition)
  let at = 0
  let depth = 0
  const peek = () => tokens[at]?.toLowerCase()
  const take = () => tokens[at++]
  const isWord = (word: string) => peek() === word

  const or = (): Match => {
    if (++depth > DEEPEST) throw invalid('nested too deep', PATH)
    const parts = [and()]
    while (isWord('or')) {
      take()
      parts.push(and())
    }
    depth--
    return parts.length === 1 && parts[0] ? parts[0] : (event) => parts.some((part) => part(event))
  }
  const and = (): Match => {
    const parts = [not()]
    while (isWord('and')) {
      take()
      parts.push(not())
    }
    return parts.length === 1 && parts[0] ? parts[0] : (event) => parts.every((part) => part(event))
  }
  const not = (): Match => {
    let turned = false
    while (isWord('not')) {
      take()
      turned = !turned
    }
    const inner = primary()
    return turned ? (event) => !inner(event) : inner
  }
  const primary = (): Match => {
    const token = take()
    if (token === undefined) throw invalid('the condition ends too early', PATH)
    if (token === '(') {
      const inner = or()
      if (take() !== ')') throw invalid('expected )', PATH)
      return inner
    }
    if (isWord('of')) {
      take()
      return some(token, take())
    }
    const selection = selections.get(token)
    if (!selection) throw invalid(`there is no selection ${token}`, PATH)
    return selection
  }
  const some = (count: string, name: string | undefined): Match => {
    const chosen = [...selections].filter(([each]) => covers(name ?? '', each)).map(([, match]) => match)
    if (chosen.length === 0) throw invalid(`there is no selection ${name ?? ''}`, PATH)
    const least = /^all$/i.test(count) ? chosen.length : /^any$/i.test(count) ? 1 : Number(count)
    if (!Number.isInteger(least) || least < 1)
      throw invalid(`expected 1, all or a number before of, not ${count}`, PATH)
    if (least > chosen.length) throw invalid(`${name} are only ${chosen.length}`, PATH)
    return (event) => {
      let found = 0
      return chosen.some((match) => match(event) && ++found >= least)
    }
  }

  const whole = or()
  if (at < tokens.length) throw invalid(`expected and, or, or the end, not ${tokens[at]}`, PATH)
  return whole
}

function tokensOf(text: string): string[] {
  const tokens: string[] = []
  TOKEN.lastIndex = 0
  for (let at = 0; at < text.trimEnd().length; at = TOKEN.lastIndex) {
    const found = TOKEN.exec(text)
    const token = found?.[1] ?? found?.[2]
    if (token === undefined) throw invalid(`not understood: ${text.slice(at, at + 20)}`, PATH)
    if (token === '|') throw unsupported('an aggregation (|): one event decides', PATH)
    tokens.push(token)
  }
  return tokens
}

const covers = (pattern: string, name: string): boolean => {
  if (pattern.toLowerCase() === 'them') return !name.startsWith('_')
  const [start = '', ...rest] = pattern.split('*')
  return rest.length === 0 ? name === pattern : name.startsWith(start) && name.endsWith(rest.join('*'))
}
