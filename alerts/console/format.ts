import { DateTime } from 'luxon'
import { html, type Markup } from './html.ts'

/** `20 Nov 2026, 09:14:03` in UTC; the exact instant is in the title. */
export const when = (at: string | number): Markup => {
  const time =
    typeof at === 'number' ? DateTime.fromMillis(at, { zone: 'utc' }) : DateTime.fromISO(at, { zone: 'utc' })
  if (!time.isValid) return html`<span>unknown</span>`
  return html`<time datetime="${time.toISO()}" title="${time.toISO()}">${time.toFormat('d LLL yyyy, HH:mm:ss')}</time>`
}

/** `3 min ago`, for lists. */
export const ago = (at: string | number, now: number): Markup => {
  const ms = now - (typeof at === 'number' ? at : Date.parse(at))
  const text =
    ms < 60e3
      ? `${Math.max(0, Math.round(ms / 1e3))} s`
      : ms < 3600e3
        ? `${Math.round(ms / 60e3)} min`
        : ms < 172800e3
          ? `${Math.round(ms / 3600e3)} h`
          : `${Math.round(ms / 86400e3)} d`
  return html`<time datetime="${new Date(typeof at === 'number' ? at : Date.parse(at)).toISOString()}" title="${typeof at === 'number' ? new Date(at).toISOString() : at}">${ms < 0 ? 'just now' : `${text} ago`}</time>`
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

/** Three significant digits, `< 1e-12` for the very unlikely. */
export const probability = (p: number): string =>
  p <= 0 ? '< 1e-300' : p < 1e-3 ? p.toExponential(1) : p.toPrecision(3)

export const number = (n: number | undefined): string =>
  n === undefined
    ? 'unknown'
    : Math.abs(n) >= 100 || Number.isInteger(n)
      ? Math.round(n).toLocaleString('en')
      : n.toPrecision(3)
