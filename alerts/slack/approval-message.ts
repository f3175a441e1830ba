import type { types } from '@slack/bolt'
import type { Approval } from '../../gateway/port.ts'
import type { View } from './alert-message.ts'
import {
  bold,
  button,
  code,
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

const SHAPE = 400
const NAMES = 10

/**
 * Whether a reviewer sees all of it in a message. If not (high risk, which needs a fresh sign-in, or too much to
 * show), the message has no buttons and the decision is taken on the console.
 */
export const decidableInSlack = (approval: Approval): boolean =>
  !approval.highRisk &&
  approval.id.length <= 200 &&
  approval.shape.length <= SHAPE &&
  approval.route.length <= 100 &&
  approval.reason.length <= 300 &&
  (approval.collection ?? '').length <= 100 &&
  approval.fields.length <= NAMES &&
  approval.rules.length <= NAMES &&
  [...approval.fields, ...approval.rules].every((name) => name.length <= 80)

/** The message of an approval as it stands. Counts and configured names only: no ids, no content, no literals. */
export function approvalMessage(approval: Approval, view: View): MessageContent {
  const { requester, traces } = approval
  const who = requester.name
    ? `${plain(requester.name, 60)} (${plain(requester.user, 60)})`
    : plain(requester.user, 60)
  const pending = approval.status === 'pending'
  const title = `${STATES[approval.status]}: ${who}`
  const place = `${plain(approval.connection, 64)}${approval.collection === undefined ? '' : ` / ${plain(approval.collection, 100)}`}`
  const page = `${view.console}/approvals/${segment(approval.id)}`
  const blocks: types.KnownBlock[] = [
    header(title),
    lines([
      ['Who', [text(requester.team === undefined ? who : `${who}, ${plain(requester.team, 60)}`)]],
      ['What', [text(`${place}, ${plain(approval.route, 100)} `), code(plain(approval.shape, SHAPE))]],
      ['How much', amount(traces)],
      ['High-risk fields', names(approval.fields)],
      ['Why', [text(plain(approval.reason, 300))]],
      ['Rules', names(approval.rules)],
      ['How unusual', approval.context ? [text(plain(approval.context, 300))] : []],
      ['Asked', names(approval.groups)],
      ['Expires', pending ? [when(approval.expires)] : []],
      ['Details', [link(page, 'on the console')]],
    ]),
    note(stateOf(approval)),
  ]
  if (pending && decidableInSlack(approval))
    blocks.push({
      type: 'actions',
      block_id: 'approval',
      elements: [
        button('approval.approve', 'Approve…', { value: approval.id, style: 'primary' }),
        button('approval.deny', 'Deny…', { value: approval.id, style: 'danger' }),
      ],
    })
  return {
    text: clip(mrkdwn(`${title}: ${figure(traces.count)} traces of ${place}`), LIMITS.fallback),
    blocks,
    page,
  }
}

const STATES = {
  pending: 'Approval needed',
  approved: 'Approved',
  denied: 'Denied',
  expired: 'Expired undecided',
  revoked: 'Revoked',
} as const

function amount(traces: Approval['traces']): Inline[] {
  const parts: Inline[] = [bold(`${figure(traces.count)} ${traces.count === 1 ? 'trace' : 'traces'}`)]
  if (traces.requested !== undefined) parts.push(text(` of ${figure(traces.requested)} asked for`))
  if (traces.oldest !== undefined) parts.push(text(', from '), when(traces.oldest))
  if (traces.newest !== undefined) parts.push(text(' to '), when(traces.newest))
  return parts
}

const names = (all: readonly string[]): Inline[] =>
  all.length === 0
    ? []
    : [
        text(
          all
            .slice(0, NAMES)
            .map((name) => plain(name, 80))
            .join(', ') + (all.length > NAMES ? ` and ${all.length - NAMES} more` : ''),
        ),
      ]

function stateOf(approval: Approval): string {
  const votes = approval.decisions.map(
    ({ by, decision, via }) =>
      `${decision === 'approve' ? 'approved' : 'denied'} by ${plain(by.user, 60)} via ${via}`,
  )
  if (approval.status !== 'pending') {
    const grant = approval.grant
    const scope =
      grant && approval.status === 'approved' ? [grant.scope === 'once' ? 'once' : 'for a time'] : []
    return [STATES[approval.status], ...votes.slice(-5), ...scope].join(' · ')
  }
  const needed = `${approval.decisions.length} of ${approval.minimum} approvals`
  return decidableInSlack(approval)
    ? [needed, ...votes.slice(-5)].join(' · ')
    : [
        approval.highRisk ? 'High risk: decide on the console' : 'Too large for Slack: decide on the console',
        needed,
      ].join(' · ')
}
