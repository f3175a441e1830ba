import { DateTime } from 'luxon'
import { z } from 'zod'
import { field } from '../../core/field.ts'

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
const clock = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'expected an hour such as 08:30, at most 24:00')

/** Hours in which what a detector finds waits for the digest: a restore at night, the month's audit. */
export const quietHours = z.strictObject({
  days: field(z.array(z.enum(DAYS)).default([...DAYS]), 'Days', 'Of the week.', ['sat', 'sun']),
  from: field(clock.default('00:00'), 'From', 'In the user’s own time zone.', '22:00'),
  to: field(clock.default('24:00'), 'To', 'Earlier than `from`: on the next day.', '06:00'),
})
export type QuietHours = z.infer<typeof quietHours>

const minutes = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3))

/** Whether `at` (ms) lies in one of them, in a time zone. */
export function isQuiet(hours: readonly QuietHours[], at: number, zone: string): boolean {
  if (hours.length === 0) return false
  const local = DateTime.fromMillis(at, { zone })
  const minute = local.hour * 60 + local.minute
  const today = DAYS[local.weekday - 1]!
  const yesterday = DAYS[(local.weekday + 5) % 7]!
  return hours.some(({ days, from, to }) => {
    const [start, end] = [minutes(from), minutes(to)]
    if (start < end) return days.includes(today) && minute >= start && minute < end
    return (days.includes(today) && minute >= start) || (days.includes(yesterday) && minute < end)
  })
}
