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

/** The value itself where its keys are in order already, as those of the doors' events are. */
function ordered(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  return Array.isArray(value) ? orderedItems(value) : orderedMembers(value as Record<string, unknown>)
}

function orderedItems(items: readonly unknown[]): readonly unknown[] {
  let out: unknown[] | undefined
  for (let i = 0; i < items.length; i++) {
    const item = items[i]
    if (typeof item !== 'object' || item === null) continue
    const made = ordered(item)
    if (made !== item) {
      out ??= [...items]
      out[i] = made
    }
  }
  return out ?? items
}

function orderedMembers(record: Record<string, unknown>): Record<string, unknown> {
  const keys = Object.keys(record)
  let same = true
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!
    const first = key.charCodeAt(0)
    if ((first >= 48 && first <= 57) || key === '__proto__') throw byHand
    if (i > 0 && keys[i - 1]! > key) same = false
  }
  if (!same) keys.sort()
  let out: Record<string, unknown> | undefined = same ? undefined : {}
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!
    const member = record[key]
    const made = typeof member === 'object' && member !== null ? ordered(member) : member
    if (!out && made !== member) {
      out = {}
      for (let k = 0; k < i; k++) out[keys[k]!] = record[keys[k]!]
    }
    if (out) out[key] = made
  }
  return out ?? record
}
