import { sortedJson } from './sorted.ts'

/** Prints canonical JSON; what is frozen to its last member cannot change, so it is printed once. */
export interface Printer {
  (value: unknown): string
  /** Whether the print of this value is kept. */
  keeps(value: unknown): value is object
}

export function printer(): Printer {
  const kept = new WeakMap<object, string>()
  const print = (value: unknown): string => {
    if (typeof value === 'string') return JSON.stringify(value)
    if (typeof value !== 'object' || value === null || !Object.isFrozen(value)) return sortedJson(value)
    const known = kept.get(value)
    if (known !== undefined) return known
    const text = sortedJson(value)
    if (deepFrozen(value)) kept.set(value, text)
    return text
  }
  return Object.assign(print, {
    keeps: (value: unknown): value is object =>
      typeof value === 'object' && value !== null && kept.has(value),
  })
}

const deepFrozen = (value: unknown): boolean =>
  typeof value !== 'object' ||
  value === null ||
  (Object.isFrozen(value) && Object.values(value).every(deepFrozen))
