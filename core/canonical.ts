/** Printed as it stands: ASCII without quote, backslash and control characters. */
const PLAIN = /^[ !#-[\]-~]*$/
/** From here on the engine's own printer is faster than to look first. */
const LONG = 256

/**
 * JSON Canonicalization Scheme (RFC 8785): keys sorted by UTF-16 code units, numbers and strings as ECMAScript
 * prints them, no white space. `undefined` members are left out, as JSON.stringify does.
 * @throws TypeError on values JSON cannot hold (NaN, bigint, functions).
 */
export function canonical(value: unknown): string {
  if (typeof value === 'string') return quoted(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('canonical JSON has no NaN or Infinity')
    return String(value)
  }
  if (value === null || typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) {
    let out = '['
    for (let i = 0; i < value.length; i++) out += (i ? ',' : '') + canonical(value[i] ?? null)
    return `${out}]`
  }
  if (typeof value === 'object') {
    const record = value as Record<string, unknown>
    let out = ''
    for (const key of inOrder(Object.keys(record))) {
      const member = record[key]
      if (member === undefined) continue
      out += out === '' ? '{' : ','
      out += `${quoted(key)}:${canonical(member)}`
    }
    return out === '' ? '{}' : `${out}}`
  }
  throw new TypeError(`canonical JSON cannot hold a ${typeof value}`)
}

/** A string as JSON. */
export const quoted = (text: string): string =>
  text.length < LONG && PLAIN.test(text) ? `"${text}"` : JSON.stringify(text)

/** Sorts only what is not in order already, as the doors' events are. */
export function inOrder(keys: string[]): string[] {
  for (let i = 1; i < keys.length; i++) if (keys[i - 1]! > keys[i]!) return keys.sort()
  return keys
}
