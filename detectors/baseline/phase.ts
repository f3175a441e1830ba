/**
 * When somebody's working day is, seen from what is usual: of many the time zone is not known, and some work at night.
 * Their hours say what is odd for colleagues only once they are turned to the same middle of the day.
 *
 *   shift    hours by which the day lies later than others'; 0 where it hardly differs, or little is known
 *   steady   the hours have a middle; who works around the clock says nothing of anybody else's night
 */
export interface Phase {
  shift: number
  steady: boolean
}

/** The middle of a working day; a middle nearer to it than so many hours is somebody who rises early. */
const MIDDLE = 13
const NEAR = 3
/** Hours seen before they have a middle, and how far they must agree on it. */
const ENOUGH = 8
const AGREED = 0.5

const ANGLES = Array.from({ length: 24 }, (_, hour) => ((hour + 0.5) * Math.PI) / 12)
const X = ANGLES.map(Math.cos)
const Y = ANGLES.map(Math.sin)

/** `hours`: `[cell, days with work in it]`; a cell is an hour, of a working day or (24 more) of a weekend day. */
export function phaseOf(hours: readonly (readonly [cell: number, days: number])[]): Phase {
  let [x, y, n] = [0, 0, 0]
  for (const [cell, days] of hours) {
    x += days * X[cell % 24]!
    y += days * Y[cell % 24]!
    n += days
  }
  if (n < ENOUGH) return { shift: 0, steady: true }
  if (Math.hypot(x, y) < AGREED * n) return { shift: 0, steady: false }
  const middle = (Math.atan2(y, x) * 12) / Math.PI
  const off = ((Math.round(middle - MIDDLE) + 36) % 24) - 12
  return { shift: Math.abs(off) < NEAR ? 0 : off, steady: true }
}

/** The hour of the usual day that this hour of somebody is. */
export const turned = (hour: number, shift: number): number => (hour - shift + 24) % 24

/** What is usual by the hour, as the hours of somebody whose day lies so much later. */
export const turnedBack = (usual: readonly number[], shift: number): readonly number[] =>
  shift === 0 ? usual : usual.map((_, hour) => usual[turned(hour, shift)]!)
