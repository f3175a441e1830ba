/** Words for summaries: short, in numbers, in the user's own time. */
import { DateTime } from 'luxon'
import type { Span } from '../engine/span.ts'

const local = (at: number, zone: string) => DateTime.fromMillis(at, { zone }).setLocale('en')

/** `on 12 Feb`, `on 12 Feb from 14:00 to 15:00`, `in the week of 9 Feb`. */
export function when(span: Span): string {
  const from = local(span.from, span.zone)
  if (span.scale === 'week') return `in the week of ${from.toFormat('d LLL')}`
  if (span.scale === 'day') return `on ${from.toFormat('d LLL')}`
  return `on ${from.toFormat('d LLL')} from ${from.toFormat('HH:mm')} to ${local(span.to, span.zone).toFormat('HH:mm')}`
}

/** `on a Thursday`, `in such an hour`, `in a week`. */
export function usually(span: Span): string {
  if (span.scale === 'week') return 'in a week'
  if (span.scale === 'day' && span.marks?.holiday !== undefined) return 'on a Sunday or holiday'
  return span.scale === 'day' ? `on a ${local(span.from, span.zone).toFormat('cccc')}` : 'in such an hour'
}

export const count = (n: number, noun: string): string => `${number(n)} ${noun}${n === 1 ? '' : 's'}`

export const number = (n: number): string =>
  Number.isInteger(n) ? String(n) : n >= 10 ? String(Math.round(n)) : n.toFixed(1)

/** `3 hours`, `12 days`, `7 months`. */
export function age(days: number): string {
  if (days < 1) return count(Math.max(1, Math.round(days * 24)), 'hour')
  if (days < 90) return count(Math.round(days), 'day')
  return count(Math.round(days / 30.4), 'month')
}
