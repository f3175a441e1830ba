import type { types } from '@slack/bolt'
import { z } from 'zod'
import { fail } from '../errors.ts'
import { plain } from './text.ts'

/** The modals: what is asked, and how the answers are read back. Block ids name the answers. */
const REASON_MAX = 500
const VERDICTS = ['true-positive', 'false-positive', 'benign'] as const

/** What a modal carries to its submission. */
export interface ModalContext {
  id: string
  channel?: string
}

const word = (text: string): types.PlainTextElement => ({ type: 'plain_text', text, emoji: false })
const option = (value: string, text: string): types.PlainTextOption => ({ value, text: word(text) })

const reason = (label: string): types.InputBlock => ({
  type: 'input',
  block_id: 'reason',
  label: word(label),
  element: {
    type: 'plain_text_input',
    action_id: 'reason',
    multiline: true,
    min_length: 1,
    max_length: REASON_MAX,
  },
})

const modal = (
  callback: string,
  title: string,
  submit: string,
  context: ModalContext,
  blocks: types.KnownBlock[],
): types.ModalView => ({
  type: 'modal',
  callback_id: callback,
  title: word(title),
  submit: word(submit),
  close: word('Cancel'),
  private_metadata: JSON.stringify(context),
  blocks,
})

export const closeModal = (context: ModalContext, about: string): types.ModalView =>
  modal('alert.close', 'Close alert', 'Close', context, [
    { type: 'section', text: word(plain(about, 500)) },
    {
      type: 'input',
      block_id: 'verdict',
      label: word('Verdict'),
      element: {
        type: 'radio_buttons',
        action_id: 'verdict',
        options: [
          option('true-positive', 'True positive'),
          option('false-positive', 'False positive'),
          option('benign', 'Benign: real, but allowed'),
        ],
      },
    },
    reason('Reason'),
  ])

/** `grant` and `most` in ms: the default and the longest life of a grant. */
export function approveModal(
  context: ModalContext,
  about: string,
  grant: { usual: number; most: number },
): types.ModalView {
  const lengths = [
    ...new Set([300e3, 900e3, 3600e3, 4 * 3600e3, 8 * 3600e3, 86400e3, grant.usual, grant.most]),
  ]
    .filter((ms) => ms <= grant.most)
    .sort((a, b) => a - b)
  const options = lengths.map((ms) => option(String(ms), lengthOf(ms)))
  const usual = options.find(({ value }) => value === String(grant.usual))
  return modal('approval.approve', 'Approve', 'Approve', context, [
    { type: 'section', text: word(plain(about, 500)) },
    reason('Reason'),
    {
      type: 'input',
      block_id: 'scope',
      label: word('How often'),
      element: {
        type: 'radio_buttons',
        action_id: 'scope',
        options: [option('once', 'Once'), option('time', 'As often as wanted, for a time')],
        initial_option: option('once', 'Once'),
      },
    },
    {
      type: 'input',
      block_id: 'duration',
      label: word('Valid for'),
      element: {
        type: 'static_select',
        action_id: 'duration',
        options,
        ...(usual && { initial_option: usual }),
      },
    },
  ])
}

export const denyModal = (context: ModalContext, about: string): types.ModalView =>
  modal('approval.deny', 'Deny', 'Deny', context, [
    { type: 'section', text: word(plain(about, 500)) },
    reason('Reason, which the requester is told'),
  ])

export const declineModal = (context: ModalContext, about: string): types.ModalView =>
  modal('alert.decline', 'Decline', 'Decline', context, [
    { type: 'section', text: word(plain(about, 500)) },
    reason('Reason'),
  ])

function lengthOf(ms: number): string {
  const [count, unit] =
    ms % 86400e3 === 0
      ? [ms / 86400e3, 'day']
      : ms % 3600e3 === 0
        ? [ms / 3600e3, 'hour']
        : [Math.round(ms / 60e3), 'minute']
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

const answers = z.object({
  private_metadata: z.string(),
  state: z.object({
    values: z.record(
      z.string(),
      z.record(
        z.string(),
        z.looseObject({
          value: z.string().nullish(),
          selected_option: z.looseObject({ value: z.string() }).nullish(),
        }),
      ),
    ),
  }),
})
const context = z.object({ id: z.string().min(1).max(200), channel: z.string().max(100).optional() })

/** What a submitted modal says. @throws TW_SLACK_MALFORMED, TW_ALERT_REASON */
export function readModal(view: unknown) {
  const parsed = answers.safeParse(view)
  if (!parsed.success) throw fail('TW_SLACK_MALFORMED', { problem: 'the form' })
  let metadata: unknown
  try {
    metadata = JSON.parse(parsed.data.private_metadata)
  } catch {
    throw fail('TW_SLACK_MALFORMED', { problem: 'the form’s subject' })
  }
  const about = context.safeParse(metadata)
  if (!about.success) throw fail('TW_SLACK_MALFORMED', { problem: 'the form’s subject' })
  const { values } = parsed.data.state
  const chosen = (block: string) => values[block]?.[block]?.selected_option?.value
  const given = values.reason?.reason?.value?.trim() ?? ''
  if (given === '' || given.length > REASON_MAX) throw fail('TW_ALERT_REASON')
  const duration = Number(chosen('duration'))
  return {
    id: about.data.id,
    reason: given,
    verdict: VERDICTS.find((verdict) => verdict === chosen('verdict')),
    scope: chosen('scope') === 'time' ? ('time' as const) : ('once' as const),
    ...(Number.isSafeInteger(duration) && duration > 0 && { duration }),
  }
}
