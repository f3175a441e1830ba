import { z } from 'zod'
import { field } from '../../core/field.ts'

/** What a config knows of days: holidays, and times at which more work than usual is to be expected. */
const DAY = 86400e3
const date = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, 'expected a date such as 2026-12-25')
  .refine((text) => isDate(text), 'expected a date such as 2026-12-25')

function isDate(text: string): boolean {
  const at = Date.parse(`${text}T00:00:00Z`)
  return Number.isFinite(at) && new Date(at).toISOString().startsWith(text)
}

const names = z.array(z.string().min(1)).min(1)
const whom = {
  zones: field(names.optional(), 'Time zones', 'Only whose own zone is one of these.', ['Europe/Berlin']),
  teams: field(names.optional(), 'Teams', 'Only members of these.', ['search-team']),
  roles: field(names.optional(), 'Roles', 'Only whoever has one of these.', ['finance']),
}

export const holiday = z.strictObject({
  name: field(z.string().min(1).max(80), 'Name', 'Alerts tell of the day by it.', 'Christmas'),
  dates: field(z.array(date).min(1).max(400), 'Dates', 'Days on the user’s own calendar.', ['2026-12-25']),
  ...whom,
})
export type Holiday = z.infer<typeof holiday>

export const period = z
  .strictObject({
    name: field(z.string().min(1).max(80), 'Name', 'Alerts tell of the period by it.', 'release week'),
    from: field(date, 'From', 'First day, on the user’s own calendar.', '2026-12-07'),
    to: field(date, 'To', 'Last day.', '2026-12-11'),
    ...whom,
    users: field(names.optional(), 'Users', 'Only these.', ['u00042']),
    factor: field(
      z.number().min(0.2).max(20),
      'Factor',
      'So many times the usual counts are expected on these days.',
      2,
    ),
    detectors: field(
      names.optional(),
      'Detectors',
      'Only what these count; by default all that count what people read.',
      ['volume-spike'],
    ),
  })
  .refine(({ from, to }) => from <= to, { path: ['to'], message: 'expected a day that is not before `from`' })
  .refine(({ from, to }) => Date.parse(to) - Date.parse(from) <= 92 * DAY, {
    path: ['to'],
    message: 'expected at most 92 days: what lasts longer is learned',
  })
export type Period = z.infer<typeof period>

/** What is known of a day. */
export interface Marks {
  holiday?: string
  periods?: readonly Pick<Period, 'name' | 'factor' | 'detectors'>[]
}

interface Who {
  id: string
  group: string
  roles: readonly string[]
}

export interface Calendar {
  /** Of a date, in days since 1970; undefined: a day like others. */
  of(who: Who, zone: string, day: number): Marks | undefined
}

type Whom = Pick<Period, 'zones' | 'teams' | 'roles' | 'users'>

function concerns({ zones, teams, roles, users }: Whom, who: Who, zone: string): boolean {
  return (
    (!zones || zones.includes(zone)) &&
    (!teams || teams.includes(who.group.split(':')[1] ?? '')) &&
    (!roles || roles.some((role) => who.roles.includes(role))) &&
    (!users || users.includes(who.id))
  )
}

const dayOf = (text: string) => Date.parse(`${text}T00:00:00Z`) / DAY

/** Undefined where nothing is known of any day. */
export function createCalendar(
  holidays: readonly Holiday[],
  periods: readonly Period[],
): Calendar | undefined {
  if (!holidays.length && !periods.length) return undefined
  const free = new Map<number, Holiday[]>()
  for (const one of holidays)
    for (const text of one.dates) free.set(dayOf(text), [...(free.get(dayOf(text)) ?? []), one])
  const busy = periods.map((one) => ({ one, from: dayOf(one.from), to: dayOf(one.to) }))
  return {
    of(who, zone, day) {
      const off = free.get(day)?.find((one) => concerns(one, who, zone))
      const now = busy
        .filter(({ one, from, to }) => day >= from && day <= to && concerns(one, who, zone))
        .map(({ one }) => one)
      if (!off && !now.length) return undefined
      return { ...(off && { holiday: off.name }), ...(now.length > 0 && { periods: now }) }
    },
  }
}

/** The period that says most of what this detector counts. */
export function periodOf(marks: Marks | undefined, detector: string) {
  const known = marks?.periods?.filter(({ detectors }) => !detectors || detectors.includes(detector)) ?? []
  return known.reduce<(typeof known)[number] | undefined>(
    (best, one) => (best && best.factor >= one.factor ? best : one),
    undefined,
  )
}
