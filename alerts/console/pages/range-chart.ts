import type { Evidence } from '../../../detectors/port.ts'
import { html, type Markup } from '../html.ts'

/** Observed against the usual range, on a square-root axis so that a large spike still leaves the range visible. */
export function rangeChart({ observed, expected, low, high }: Evidence): Markup {
  if (low === undefined || high === undefined || expected === undefined || observed < 0) return html``
  const top = Math.max(observed, high) * 1.08 || 1
  const x = (value: number) => Math.round(20 + 760 * Math.sqrt(Math.max(0, value) / top))
  return html`<svg class="range" viewBox="0 0 800 44" role="img" aria-label="observed ${observed}, usually ${low} to ${high}">
<line x1="20" x2="780" y1="22" y2="22" stroke="#dde3ea"/>
<rect x="${x(low)}" y="14" width="${Math.max(3, x(high) - x(low))}" height="16" rx="3" fill="#c9d9ef"/>
<line x1="${x(expected)}" x2="${x(expected)}" y1="11" y2="33" stroke="#1f5fbf" stroke-width="2"/>
<circle cx="${x(observed)}" cy="22" r="6" fill="#a3123a"/>
</svg>`
}
