import { DateTime } from 'luxon'
import { html, type Markup } from './html.ts'

type Instant = string | number

const utc = (at: Instant): DateTime =>
  typeof at === 'number' ? DateTime.fromMillis(at, { zone: 'utc' }) : DateTime.fromISO(at, { zone: 'utc' })

const element = (time: DateTime, text: string): Markup =>
  time.isValid
    ? html`<time datetime="${time.toISO()}" title="${time.toISO()}">${text}</time>`
    : html`<span>unknown</span>`

/** `20 Nov 2026, 09:14:03 UTC`; with a person's zone also their own hour, `10:14 Europe/Berlin`. */
export const when = (at: Instant, zone?: string | null): Markup => {
  const time = utc(at)
  const local = zone ? time.setZone(zone) : time
  const own =
    zone && local.isValid ? html` <span class="quiet">(${local.toFormat('ccc HH:mm')} ${zone})</span>` : ''
  return html`${element(time, `${time.toFormat('d LLL yyyy, HH:mm:ss')} UTC`)}${own}`
}

/** `20 Nov 09:14:03` for columns whose head names the zone. */
export const moment = (at: Instant): Markup => {
  const time = utc(at)
  return element(time, time.toFormat('d LLL HH:mm:ss'))
}

/** `3 min ago`, for lists. */
export const ago = (at: Instant, now: number): Markup => {
  const time = utc(at)
  const ms = now - time.toMillis()
  const text =
    ms < 60e3
      ? `${Math.max(0, Math.round(ms / 1e3))} s`
      : ms < 3600e3
        ? `${Math.round(ms / 60e3)} min`
        : ms < 172800e3
          ? `${Math.round(ms / 3600e3)} h`
          : `${Math.round(ms / 86400e3)} d`
  return element(time, ms < 0 ? 'just now' : `${text} ago`)
}

/** What a field for date and time sends (no zone, so UTC) as RFC 3339; anything else as it is. */
export const asUtc = (text: string | undefined): string | undefined => {
  const [, date, time = '00:00', seconds = ':00'] =
    /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(:\d\d)?)?$/.exec(text ?? '') ?? []
  return date === undefined ? text : `${date}T${time}${seconds}Z`
}

/** The other way round; empty where it is no time. */
export const asField = (text: string | undefined): string => {
  const time = text === undefined ? undefined : utc(text)
  return time?.isValid ? time.toFormat("yyyy-LL-dd'T'HH:mm") : ''
}

/** `8.1 KB`, decimal. */
export const bytes = (n: number | undefined): string =>
  n === undefined
    ? 'unknown'
    : n < 1e3
      ? `${n} B`
      : n < 1e6
        ? `${(n / 1e3).toFixed(1)} KB`
        : n < 1e9
          ? `${(n / 1e6).toFixed(1)} MB`
          : `${(n / 1e9).toFixed(2)} GB`

/** `1 in 59,000`: two digits are all that such a figure is worth. */
export const odds = (p: number): string => {
  if (p >= 0.5) return 'most'
  if (p < 1e-9) return '< 1 in a billion'
  const n = 1 / p
  const step = 10 ** Math.max(0, Math.floor(Math.log10(n)) - 1)
  return `1 in ${(Math.round(n / step) * step).toLocaleString('en')}`
}

export const number = (n: number | undefined): string =>
  n === undefined
    ? 'unknown'
    : Math.abs(n) >= 100 || Number.isInteger(n)
      ? Math.round(n).toLocaleString('en')
      : n.toPrecision(3)
