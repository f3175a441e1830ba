import type { types } from '@slack/bolt'
import type { Alert } from '../lifecycle/alert.ts'
import { byPerson } from '../lifecycle/digest.ts'
import type { Digest } from '../routes/digest.ts'
import { type View, whoOf } from './alert-message.ts'
import { bold, header, type Inline, lines, link, type MessageContent, note, text, when } from './rich.ts'
import { clip, figure, LIMITS, mrkdwn, plain, segment } from './text.ts'

/** A message has 50 blocks and people little time: the gravest, and how many more there are. */
const PEOPLE = 12
const EACH = 3

/** What waited since the last digest, by person, the gravest first. */
export function digestMessage(digest: Digest, view: View): MessageContent {
  const { slot, alerts, more } = digest
  const people = byPerson(alerts)
  const days = Math.max(1, Math.round((Date.parse(slot.to) - Date.parse(slot.from)) / 86_400_000))
  const page = `${view.console}/digest?days=${days}`
  const many = `${figure(alerts.length)}${more ? ' or more' : ''}`
  const title = `Digest: ${many} ${alerts.length === 1 ? 'matter' : 'matters'} about ${figure(people.length)} ${people.length === 1 ? 'person' : 'people'}`
  const shown = people.slice(0, PEOPLE)
  const blocks: types.KnownBlock[] = [
    header(title),
    lines([
      ['', [text('Nobody was told of these one by one. '), when(slot.from), text(' to '), when(slot.to)]],
    ]),
    ...shown.map(({ alerts: all }) => lines([rowOf(all, view)])),
    lines([
      [
        '',
        [
          link(page, 'All of it'),
          ...(people.length > PEOPLE ? [text(`, also ${people.length - PEOPLE} more people`)] : []),
        ],
      ],
    ]),
    note(reasonsOf(alerts)),
  ]
  return { text: clip(mrkdwn(title), LIMITS.fallback), blocks, page }
}

function rowOf(all: readonly Alert[], view: View): [string, Inline[]] {
  const parts: Inline[] = [bold(`${whoOf(all[0]!, view)}  `)]
  for (const [i, alert] of all.slice(0, EACH).entries())
    parts.push(
      text(`${i > 0 ? '; ' : ''}${alert.severity} `),
      link(`${view.console}/alerts/${segment(alert.id)}`, plain(alert.detector, 40)),
      text(`: ${plain(alert.summary, 160)}`),
    )
  if (all.length > EACH) parts.push(text(`; ${all.length - EACH} more`))
  return ['', parts]
}

const REASONS = {
  budget: 'beyond the week’s budget',
  'quiet-hours': 'in quiet hours',
  verdict: 'known by a verdict',
  shadow: 'in shadow',
} as const

function reasonsOf(alerts: readonly Alert[]): string {
  const counts = new Map<string, number>()
  for (const { notice } of alerts)
    if (notice) counts.set(REASONS[notice.by], (counts.get(REASONS[notice.by]) ?? 0) + 1)
  return [...counts].map(([words, n]) => `${n} ${words}`).join(' · ')
}
