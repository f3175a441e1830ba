import type { types } from '@slack/bolt'
import type { Alert } from '../lifecycle/alert.ts'
import { proposed } from '../lifecycle/pair.ts'
import {
  bold,
  button,
  header,
  type Inline,
  lines,
  link,
  type MessageContent,
  note,
  text,
  when,
} from './rich.ts'
import { clip, figure, LIMITS, mrkdwn, plain, segment } from './text.ts'

/** What a message needs beside its subject. */
export interface View {
  /** Base URL of the console, without a slash at the end. */
  console: string
  /** Display name of a `user.id`. */
  name: (user: string) => string | undefined
}

const MARKS = { low: 'Low', medium: 'Medium', high: 'High', critical: 'Critical' } as const

/** The message of an alert as it stands: numbers, names and links, and the buttons that its status leaves. */
export function alertMessage(alert: Alert, view: View): MessageContent {
  const who = whoOf(alert, view)
  const title = `${MARKS[alert.severity]}: ${plain(alert.detector, 40)} – ${who}`
  const { evidence } = alert
  const page = `${view.console}/alerts/${segment(alert.id)}`
  const blocks: types.KnownBlock[] = [
    header(title),
    lines([
      ['', [text(plain(alert.summary, 500))]],
      ['Observed', numbers(evidence)],
      ['Peers', evidence.peers ? [text(`expected ${figure(evidence.peers.expected)}`)] : []],
      ['Who', [text(who)]],
      ['Window', [when(alert.window.from), text(' to '), when(alert.window.to)]],
      ['Technique', techniques(alert.threat.technique.id)],
      ['Before', said(evidence.before)],
      ['After', said(evidence.after)],
      ['Benign if', said(evidence.benign)],
      ['Look at', links(alert, page, view)],
    ]),
    note(stateOf(alert)),
  ]
  const buttons = buttonsOf(alert)
  if (buttons.length > 0) blocks.push({ type: 'actions', block_id: 'alert', elements: buttons })
  return { text: clip(mrkdwn(`${title}: ${plain(alert.summary, 500)}`), LIMITS.fallback), blocks, page }
}

export function whoOf(alert: Alert, view: View): string {
  if (!alert.user) return `${alert.subject.kind} ${plain(alert.subject.id, 60)}`
  const name = view.name(alert.user.id)
  const user = plain(alert.user.id, 60)
  return name === undefined || name === alert.user.id ? user : `${plain(name, 60)} (${user})`
}

function numbers(evidence: Alert['evidence']): Inline[] {
  const parts: Inline[] = [bold(figure(evidence.observed))]
  if (evidence.expected !== undefined) parts.push(text(`, expected ${figure(evidence.expected)}`))
  if (evidence.low !== undefined && evidence.high !== undefined)
    parts.push(text(`, usual range ${figure(evidence.low)} to ${figure(evidence.high)}`))
  if (evidence.baseline) parts.push(text(` (from ${figure(evidence.baseline.n)} observations)`))
  return parts
}

/** Words that evidence may carry, as one line. */
function said(value: unknown): Inline[] {
  const words = Array.isArray(value)
    ? value
        .filter((one) => typeof one === 'string')
        .slice(0, 3)
        .join('; ')
    : value
  return typeof words === 'string' && words !== '' ? [text(plain(words, 300))] : []
}

const techniques = (ids: readonly string[]): Inline[] =>
  ids
    .slice(0, 5)
    .flatMap((id, index) => [
      ...(index > 0 ? [text(', ')] : []),
      /^T\d{4}(\.\d{3})?$/.test(id)
        ? link(`https://attack.mitre.org/techniques/${id.replace('.', '/')}/`, id)
        : text(plain(id, 40)),
    ])

function links(alert: Alert, page: string, view: View): Inline[] {
  const parts = [link(page, 'evidence')]
  const session = alert.evidence.sessions.at(-1)
  if (session !== undefined)
    parts.push(text(' and '), link(`${view.console}/sessions/${segment(session)}`, 'recording'))
  return parts
}

function stateOf(alert: Alert): string {
  const last = alert.history.findLast(({ via }) => via !== 'system')
  const parts = [
    alert.status === 'closed' ? `Closed as ${alert.verdict}` : `Status: ${alert.status}`,
    ...(alert.assignee === undefined ? [] : [`with ${plain(alert.assignee, 60)}`]),
    ...(last === undefined ? [] : [`last: ${plain(last.change, 60)} by ${plain(last.by, 60)}`]),
    ...(alert.proposal
      ? [
          `${plain(alert.proposal.by, 60)} proposes “${plain(proposed(alert.proposal), 60)}”: a second person has to confirm`,
        ]
      : []),
    ...(alert.notice ? [`${alert.notice.to}: ${plain(alert.notice.because, 200)}`] : []),
    ...(alert.suppression
      ? [`suppressed by ${plain(alert.suppression.by, 60)} until ${plain(alert.suppression.until, 40)}`]
      : []),
    ...(alert.revision > 1 ? [`evidence revised ${figure(alert.revision - 1)} times`] : []),
  ]
  return parts.join(' · ')
}

function buttonsOf(alert: Alert): types.Button[] {
  // A value longer than a button holds would be cut, and mean another alert.
  if (alert.status === 'closed' || alert.id.length > 200) return []
  const value = alert.id
  const buttons: types.Button[] = []
  if (alert.proposal) {
    buttons.push(button('alert.confirm', `Confirm ${proposed(alert.proposal)}`, { value, style: 'primary' }))
    buttons.push(button('alert.decline', 'Decline…', { value }))
  }
  if (alert.status === 'open')
    buttons.push(button('alert.acknowledge', 'Acknowledge', { value, style: 'primary' }))
  if (alert.status !== 'investigating') buttons.push(button('alert.investigate', 'Investigate', { value }))
  buttons.push(button('alert.close', 'Close…', { value }))
  return buttons
}
