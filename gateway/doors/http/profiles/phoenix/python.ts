import { fail } from '../errors.ts'
import type { Body } from '../request.ts'

/**
 * Phoenix's `execute` takes Python. One form of it can be judged: a single call with literal arguments, returned as it is:
 * `return await call_tool("getSpans", {"project_identifier": "default"})`, or the same through one variable. The text is
 * cut into tokens and read by a grammar of literals; nothing is evaluated, and whatever else stands in it is refused.
 */
const TOKEN =
  /[ \t\r\n]+|(?<string>"""(?:[^"\\]|\\[^\n]|"(?!""))*"""|'''(?:[^'\\]|\\[^\n]|'(?!''))*'''|"(?:[^"\\\n]|\\[^\n])*"|'(?:[^'\\\n]|\\[^\n])*')|(?<number>-?\d+(?:\.\d+)?)|(?<name>[A-Za-z_]\w*)|(?<punctuation>[(){}[\],:=])/y
const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  "'": "'",
  '"': '"',
}
const MAX = 20_000

type Kind = 'string' | 'number' | 'name' | 'punctuation'
interface Token {
  kind: Kind
  text: string
}

const refused = (reason: string) => fail('TW_PROFILE_MCP', { reason })

function tokensOf(code: string): Token[] {
  if (code.length > MAX) throw refused('the code is too long')
  const tokens: Token[] = []
  let glued = false
  for (let at = 0; at < code.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at
    const match = TOKEN.exec(code)
    if (!match) throw refused(`the code has something unexpected at character ${at}`)
    const found = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined)
    if (!found?.[1]) {
      glued = false
      continue
    }
    const [kind, text] = found
    // A prefix changes what a string means; two strings side by side are one.
    if (glued && kind !== 'punctuation') throw refused('the code has two values side by side')
    glued = kind !== 'punctuation'
    tokens.push({
      kind: kind === 'string' || kind === 'number' || kind === 'name' ? kind : 'punctuation',
      text,
    })
  }
  return tokens
}

/** The tool that the code calls, and with what. @throws TW_PROFILE_MCP */
export function onlyCall(code: string): { tool: string; params: Body } {
  const tokens = tokensOf(code)
  let next = 0
  const is = (text: string, offset = 0) => tokens[next + offset]?.text === text
  const take = (text: string) => {
    // What the code calls its variable is not repeated.
    if (!is(text))
      throw refused(`the code is not one call: expected ${text === variable ? 'that variable' : text}`)
    next++
  }
  const variable = is('=', 1) ? tokens[next]!.text : undefined
  if (variable === undefined) take('return')
  else next += 2
  take('await')
  take('call_tool')
  take('(')
  argument('tool_name')
  const tool = value(0)
  take(',')
  argument('params')
  const params = is(')') ? undefined : value(0)
  if (is(',')) next++
  take(')')
  if (variable !== undefined) {
    take('return')
    take(variable)
  }
  if (next < tokens.length) throw refused('the code does more than one call')
  if (typeof tool !== 'string' || typeof params !== 'object' || params === null || Array.isArray(params))
    throw refused('call_tool takes a name and a dict')
  return { tool, params: Object.fromEntries(Object.entries(params)) }

  function argument(name: string): void {
    if (is(name) && is('=', 1)) next += 2
  }

  function value(depth: number): unknown {
    const token = tokens[next++]
    if (!token || depth > 20) throw refused('expected a literal')
    if (token.kind === 'string') return textOf(token.text)
    if (token.kind === 'number') return Number(token.text)
    if (token.kind === 'name') {
      if (token.text === 'True' || token.text === 'False') return token.text === 'True'
      if (token.text === 'None') return null
    }
    if (token.text === '[') return list(depth)
    if (token.text === '{') return dict(depth)
    throw refused('an argument is no literal')
  }

  function list(depth: number): unknown[] {
    const items: unknown[] = []
    while (!is(']')) {
      items.push(value(depth + 1))
      if (!is(']')) take(',')
    }
    take(']')
    return items
  }

  function dict(depth: number): Body {
    const entries = new Map<string, unknown>()
    while (!is('}')) {
      const key = value(depth + 1)
      if (typeof key !== 'string' || entries.has(key))
        throw refused('a dict with the same key twice, or one that is no text')
      take(':')
      entries.set(key, value(depth + 1))
      if (!is('}')) take(',')
    }
    take('}')
    return Object.fromEntries(entries)
  }
}

function textOf(literal: string): string {
  const width = /^("""|''')/.test(literal) ? 3 : 1
  return literal.slice(width, -width).replace(/\\([\s\S])/g, (_, escaped: string) => {
    const known = ESCAPES[escaped]
    if (known === undefined) throw refused('a string has an escape that is not known')
    return known
  })
}
