/** When windows close: entries by quarter hour of event time, taken out in order of time and then of entry. */
export interface Agenda<T> {
  add(at: number, entry: T): void
  /** Everything due at or before `at`, in order. */
  due(at: number): T[]
}

const SLOT = 900e3

export function createAgenda<T>(): Agenda<T> {
  const slots = new Map<number, T[]>()
  let next = Infinity
  return {
    add(at, entry) {
      const slot = Math.ceil(at / SLOT)
      const entries = slots.get(slot)
      if (entries) entries.push(entry)
      else slots.set(slot, [entry])
      next = Math.min(next, slot)
    },
    due(at) {
      if (next * SLOT > at) return []
      const keys = [...slots.keys()].filter((slot) => slot * SLOT <= at).sort((a, b) => a - b)
      const taken = keys.flatMap((slot) => slots.get(slot) ?? [])
      for (const slot of keys) slots.delete(slot)
      next = Infinity
      for (const slot of slots.keys()) next = Math.min(next, slot)
      return taken
    },
  }
}
