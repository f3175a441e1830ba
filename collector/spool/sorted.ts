import { canonical } from '../../core/canonical.ts'

/**
 * Canonical JSON for the hot path: objects are brought into key order once and printed by the engine, which is faster
 * than printing member by member. Equal to core/canonical.ts for every value that JSON can hold and for `undefined`
 * members; test/collector/chain.test.ts holds it to that.
 */
export function sortedJson(value: unknown): string {
  try {
    return JSON.stringify(ordered(value))
  } catch (error) {
    if (error === byHand) return canonical(value)
    throw error
  }
}

/** The engine puts keys that look like array indices first, whatever the order: such objects are printed by hand. */
const byHand = new Error('index-like key')

function ordered(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.some((item) => typeof item === 'object') ? value.map(ordered) : value
  const record = value as Record<string, unknown>
  const keys = Object.keys(record)
  for (let i = 1; i < keys.length; i++) {
    if (keys[i - 1]! < keys[i]!) continue
    keys.sort()
    break
  }
  const out: Record<string, unknown> = {}
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!
    const first = key.charCodeAt(0)
    if ((first >= 48 && first <= 57) || key === '__proto__') throw byHand
    const member = record[key]
    out[key] = typeof member === 'object' ? ordered(member) : member
  }
  return out
}
