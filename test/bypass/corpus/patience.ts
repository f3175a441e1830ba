import type { EventDraft } from '../../../core/event.ts'
import { createEngine, detectorsConfig, type Finding, shippedDetectors } from '../../../detectors/port.ts'
import { attempts, reads, workdays } from '../../../detectors/rules/examples.ts'
import { chained } from '../../detectors/support.ts'
import type { Attack } from '../attack.ts'

/** Ways to be overlooked by detectors. It is a leak if nobody is told of what was taken at the end. */
const overlooked = (name: string, taken: () => Finding[]): Attack => ({
  rows: [39],
  name: `overlooked: ${name}`,
  steps: [
    {
      act: async () => {
        if (taken().length === 0) throw new Error('nobody was told')
        return []
      },
      refused: false,
    },
  ],
})

const VOLUME = new Set(['volume-spike', 'slow-collection', 'peer-outlier', 'salami'])
const inTime = (drafts: Iterable<EventDraft>) =>
  [...drafts].sort((a, b) => (String(a['@timestamp']) < String(b['@timestamp']) ? -1 : 1))

/** What is said of how much was taken, from a working day on. */
function told(chains: readonly (readonly EventDraft[])[], from: number): Finding[] {
  const engine = createEngine({ config: detectorsConfig.parse({}), detectors: shippedDetectors })
  const [start = ''] = [...reads(from, 1)].map((draft) => String(draft['@timestamp']).slice(0, 10))
  const found = chains.flatMap((drafts, i) =>
    chained(drafts, `gw-${i}`).flatMap((event) => [...engine.push(event)]),
  )
  return found.filter((one) => VOLUME.has(one.detector) && one['@timestamp'] >= start)
}

const usual = (days: number, a = 12) => inTime(workdays(days, (day) => reads(day, a)))

export const patience: readonly Attack[] = [
  overlooked('a little more every day, for half a year', () => {
    const grown = (day: number) => Math.round(10 * 1.03 ** Math.max(0, day - 40))
    return told([inTime(workdays(130, (day) => reads(day, grown(day))))], 60)
  }),
  overlooked('a whole collection in one day, after weeks of quiet', () =>
    told([[...usual(40), ...reads(60, 900)]], 60),
  ),
  overlooked('taken while other alerts of one’s own are being told', () =>
    told(
      [
        inTime([
          ...usual(40),
          ...workdays(5, (day) => attempts(day + 40, 30, { technique: 'filter-oracle' })),
          ...reads(44, 900),
        ]),
      ],
      44,
    ),
  ),
  overlooked('told late by another gateway, whose spool waited for the store', () =>
    told([[...usual(41)], [...reads(40, 900)]], 40),
  ),
]
