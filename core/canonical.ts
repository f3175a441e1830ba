/**
 * JSON Canonicalization Scheme (RFC 8785): keys sorted by UTF-16 code units, numbers and strings as ECMAScript
 * prints them, no white space. `undefined` members are left out, as JSON.stringify does.
 * @throws TypeError on values JSON cannot hold (NaN, bigint, functions).
 */
export function canonical(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('canonical JSON has no NaN or Infinity')
    return JSON.stringify(value)
  }
  if (Array.isArray(value)) {
    let out = '['
    for (let i = 0; i < value.length; i++) out += (i ? ',' : '') + canonical(value[i] ?? null)
    return `${out}]`
  }
  if (typeof value === 'object') {
    const record = value as Record<string, unknown>
    let out = ''
    for (const key of Object.keys(record).sort()) {
      const member = record[key]
      if (member === undefined) continue
      out += `${out ? ',' : ''}${JSON.stringify(key)}:${canonical(member)}`
    }
    return `{${out}}`
  }
  throw new TypeError(`canonical JSON cannot hold a ${typeof value}`)
}
