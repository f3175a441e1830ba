import { html, type Markup } from '../html.ts'

const DAY = 86_400_000
const WIDTH = 20
const HEIGHT = 60

/** One bar a day up to today, days without anything included; the table of the same numbers is the API's answer. */
export function dayChart(
  rows: readonly { day: string; traces: number }[],
  days: number,
  now: number,
): Markup {
  const byDay = new Map(rows.map(({ day, traces }) => [day.slice(0, 10), traces]))
  const last = Math.floor(now / DAY) * DAY
  const series = Array.from({ length: days }, (_, i) => {
    const day = new Date(last - (days - 1 - i) * DAY).toISOString().slice(0, 10)
    return { day, traces: byDay.get(day) ?? 0 }
  })
  const most = Math.max(1, ...series.map(({ traces }) => traces))
  const sum = series.reduce((total, { traces }) => total + traces, 0)
  const bar = (traces: number) => (traces === 0 ? 1 : Math.max(2, Math.round((HEIGHT * traces) / most)))
  return html`<svg class="days" viewBox="0 0 ${days * WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${sum} traces in ${days} days, at most ${most} a day">${series.map(
    ({ day, traces }, i) =>
      html`<rect x="${i * WIDTH + 2}" y="${HEIGHT - bar(traces)}" width="${WIDTH - 4}" height="${bar(traces)}" fill="${traces ? '#1f5fbf' : '#c6ced8'}"><title>${day}: ${traces}</title></rect>`,
  )}</svg>
<p class="quiet ends"><span>${series[0]?.day}</span><span>${sum} traces, at most ${most} a day</span><span>today</span></p>`
}
