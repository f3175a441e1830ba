import { canonical, inOrder, quoted } from '../../core/canonical.ts'

/** Prints canonical JSON; what is frozen to its last member cannot change, so it is printed once. */
export interface Printer {
  (value: unknown): string
  /** Whether the print of this value is kept. */
  keeps(value: unknown): value is object
  /**
   * An object's members without braces, cut where `places` (in key order) sort; the object's own members of these
   * names are left out. One text more than there are places; empty ones stand for no members.
   */
  between(object: object, places: readonly string[]): string[]
}

export function printer(): Printer {
  const kept = new WeakMap<object, string>()
  const print = (value: unknown): string => {
    if (typeof value !== 'object' || value === null) return canonical(value)
    const known = kept.get(value)
    if (known !== undefined) return known
    const text = canonical(value)
    if (deepFrozen(value)) kept.set(value, text)
    return text
  }
  const between = (object: object, places: readonly string[]): string[] => {
    const record = object as Readonly<Record<string, unknown>>
    const texts: string[] = []
    let text = ''
    let next = 0
    for (const name of inOrder(Object.keys(record))) {
      while (next < places.length && name >= places[next]!) {
        texts.push(text)
        text = ''
        next++
      }
      const value = record[name]
      if (value === undefined || name === places[next - 1]) continue
      text += `${text === '' ? '' : ','}${quoted(name)}:${print(value)}`
    }
    texts.push(text)
    while (texts.length <= places.length) texts.push('')
    return texts
  }
  const keeps = (value: unknown): value is object =>
    typeof value === 'object' && value !== null && kept.has(value)
  return Object.assign(print, { keeps, between })
}

const deepFrozen = (value: unknown): boolean =>
  typeof value !== 'object' ||
  value === null ||
  (Object.isFrozen(value) && Object.values(value).every(deepFrozen))
