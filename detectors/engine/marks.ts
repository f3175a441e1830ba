import type { Calendar, Marks } from '../tuning/calendar.ts'
import { dateOf } from './burst.ts'
import type { Months } from './months.ts'
import type { Span } from './span.ts'
import type { Subject } from './subject.ts'

/** What the months' rhythm is called among the periods that a config knows. */
const TURN = 'the turn of the month'
const asSunday = (marks: Marks | undefined) => (marks?.holiday === undefined ? {} : { weekday: 7 })

/**
 * Marks windows with what is known of their days: by config, and by the rhythm of months. Of a week, the periods count by
 * how many of its working days they take.
 */
export const createMarks = (calendar: Calendar | undefined, months: Months) => {
  /** `turn`: times the usual at the turn of the month, where that was said before. */
  return (subject: Subject, span: Span, turn?: number): Span => {
    const date = dateOf(span)
    if (span.scale !== 'week') {
      const factor = turn ?? months.factor(subject.group, date)
      const marks = calendar?.of(subject, span.zone, date)
      if (factor === 1) return marks ? { ...span, ...asSunday(marks), marks } : span
      const periods = [...(marks?.periods ?? []), { name: TURN, factor }]
      return { ...span, ...asSunday(marks), marks: { ...marks, periods } }
    }
    if (!calendar) return span
    const days = [0, 1, 2, 3, 4].flatMap((n) => calendar.of(subject, span.zone, date + n)?.periods ?? [])
    const periods = [...new Set(days)].map((one) => {
      const share = days.filter((other) => other === one).length / 5
      return { ...one, factor: 1 + (one.factor - 1) * share }
    })
    return periods.length ? { ...span, marks: { periods } } : span
  }
}

/** For what is saved: a restart expects of an open window what was expected when it began. */
export function turnOf({ marks }: Span): { m?: number } {
  const turn = marks?.periods?.find(({ name }) => name === TURN)
  return turn ? { m: turn.factor } : {}
}
