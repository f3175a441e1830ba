import { looksSecret } from '../published.ts'

export interface Change {
  /** `policy.limits.max_traces`, `policy.rules[no-exports].effect` */
  path: string
  /** JSON of the value; absent where there was or is none. `[secret]` for what looks like one. */
  from?: string
  to?: string
}

const LONGEST = 120

/** What changed between two JSON values, leaf by leaf; lists of things with a name or id are compared by it. */
export function diff(before: unknown, after: unknown, path = ''): Change[] {
  if (Object.is(before, after)) return []
  const [left, right] = [members(before), members(after)]
  if (!left || !right || left.kind !== right.kind) return leaf(path, before, after)
  const keys = new Set([...left.of.keys(), ...right.of.keys()])
  return [...keys].flatMap((key) => diff(left.of.get(key), right.of.get(key), join(path, key, left.kind)))
}

function leaf(path: string, before: unknown, after: unknown): Change[] {
  const [from, to] = [show(path, before), show(path, after)]
  // Equal in print is equal, except that a secret may have changed behind its placeholder.
  if (from === to && JSON.stringify(before) === JSON.stringify(after)) return []
  return [{ path, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }]
}

function members(value: unknown): { kind: 'list' | 'object'; of: Map<string, unknown> } | undefined {
  if (Array.isArray(value)) {
    const names = value.map(nameOf)
    if (names.some((n) => n === undefined) || new Set(names).size !== names.length) return undefined
    return { kind: 'list', of: new Map(value.map((v, i) => [names[i]!, v])) }
  }
  if (typeof value === 'object' && value !== null)
    return { kind: 'object', of: new Map(Object.entries(value)) }
  return undefined
}

function nameOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  for (const key of ['name', 'id'])
    if (key in value) {
      const name: unknown = (value as Record<string, unknown>)[key]
      if (typeof name === 'string') return name
    }
  return undefined
}

const join = (path: string, key: string, kind: 'list' | 'object') =>
  kind === 'list' ? `${path}[${key}]` : path ? `${path}.${key}` : key

/** A whole member that came or went is shown, but never with a secret anywhere in it. */
function show(path: string, value: unknown): string | undefined {
  if (value === undefined) return undefined
  if (looksSecret(path, value)) return '[secret]'
  const text = JSON.stringify(value, (key, member: unknown) =>
    looksSecret(`${path}.${key}`, member) ? '[secret]' : member,
  )
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}
