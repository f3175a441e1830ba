import { IANAZone } from 'luxon'

const MINUTE = 60e3
const DAY = 86400e3

/** Offsets of time zones, cached: a luxon look-up takes 12 µs, and there is one for every event. */
export interface Zones {
  /** The zone if it is one, otherwise undefined. */
  known(name: string | undefined): string | undefined
  /** Offset from UTC in ms at an instant. */
  offset(zone: string, at: number): number
}

/** One UTC day of a zone: the offset at its start, and where it changes (if it does). */
interface Day {
  before: number
  change: number
  after: number
}

export function createZones(): Zones {
  const zones = new Map<string, { zone: IANAZone; days: Map<number, Day> } | null>()
  const open = (name: string) => {
    const entry = zones.get(name)
    if (entry !== undefined) return entry
    if (zones.size > 2000) zones.clear()
    const zone = name.length <= 64 ? IANAZone.create(name) : undefined
    const made = zone?.isValid ? { zone, days: new Map<number, Day>() } : null
    zones.set(name, made)
    return made
  }
  return {
    known: (name) => (name !== undefined && open(name) ? name : undefined),
    offset(name, at) {
      const entry = open(name)
      if (!entry) return 0
      const key = Math.floor(at / DAY)
      let day = entry.days.get(key)
      if (!day) {
        if (entry.days.size > 1000) entry.days.clear()
        day = measure(entry.zone, key * DAY)
        entry.days.set(key, day)
      }
      return at < day.change ? day.before : day.after
    },
  }
}

function measure(zone: IANAZone, from: number): Day {
  const before = zone.offset(from) * MINUTE
  const after = zone.offset(from + DAY - 1) * MINUTE
  if (before === after) return { before, change: Infinity, after }
  let low = from
  let high = from + DAY - 1
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (zone.offset(middle) * MINUTE === before) low = middle
    else high = middle
  }
  return { before, change: high, after }
}
