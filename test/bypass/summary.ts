import { HOW } from '../support/elasticsearch.ts'
import type { Report } from './engine.ts'

/** Of a hundred honest queries this many may be refused. */
const TOLERATED = 0.02

/** What to print, the figures last, and whether it is good enough. */
export function summary({ attacks, leaks, known, refused, honest, notRun }: Report): {
  lines: string[]
  ok: boolean
} {
  const list = (title: string, of: ReadonlyMap<string, string>) =>
    [...of].map(([name, how]) => `${title}: ${name} — ${how}`)
  return {
    lines: [
      ...list('KNOWN', known),
      ...list('LEAK', leaks),
      ...list('REFUSED', refused),
      ...[...notRun].map(([store, count]) => `NOT RUN ${count} entries of ${store}: ${HOW}`),
      ...(known.size ? [`known ${known.size}: they still work, see their entries`] : []),
      `attacks ${attacks}, leaks ${leaks.size}, false refusals ${refused.size} of ${honest} honest queries`,
    ],
    ok: leaks.size === 0 && refused.size <= TOLERATED * honest,
  }
}
