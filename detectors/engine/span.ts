import type { Marks } from '../tuning/calendar.ts'
import type { Zones } from './zones.ts'

/** Scales of windows. Days and weeks (from Monday) are the user's own; a day of a DST change has 23 or 25 hours. */
export const SCALES = ['hour', 'day', 'week'] as const
export type Scale = (typeof SCALES)[number]

const HOUR = 3600e3
const DAY = 86400e3

/** One window in event time: from (inclusive) to (exclusive), ms. */
export interface Span {
  readonly scale: Scale
  readonly from: number
  readonly to: number
  readonly zone: string
  /** Local hour of the start (0–23) and ISO weekday (1 = Monday). */
  readonly hour: number
  readonly weekday: number
  /** What the config knows of the day; a holiday is a Sunday. */
  readonly marks?: Marks
}

export function spanAt(scale: Scale, at: number, zone: string, zones: Zones): Span {
  const local = at + zones.offset(zone, at)
  const weekday = ((Math.floor(local / DAY) + 3) % 7) + 1
  if (scale === 'hour') {
    // By the instant, not by the clock on the wall, so that the hour that comes twice in autumn is two windows.
    const from = at - (((local % HOUR) + HOUR) % HOUR)
    return {
      scale,
      from,
      to: from + HOUR,
      zone,
      hour: Math.floor((((local % DAY) + DAY) % DAY) / HOUR),
      weekday,
    }
  }
  const midnight = Math.floor(local / DAY) * DAY
  const first = scale === 'day' ? midnight : midnight - (weekday - 1) * DAY
  const length = scale === 'day' ? DAY : 7 * DAY
  return {
    scale,
    from: instant(first, zone, zones),
    to: instant(first + length, zone, zones),
    zone,
    hour: 0,
    weekday: scale === 'day' ? weekday : 1,
  }
}

/** Local wall-clock ms → instant; a midnight that DST skips is the instant of the change. */
function instant(local: number, zone: string, zones: Zones): number {
  const guess = local - zones.offset(zone, local)
  return local - zones.offset(zone, guess)
}
