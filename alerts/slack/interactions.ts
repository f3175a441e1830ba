import type { App, webApi } from '@slack/bolt'
import { z } from 'zod'
import type { Clock } from '../../core/clock.ts'
import { CodedError } from '../../core/errors.ts'
import type { Logger } from '../../core/log.ts'
import type { Approvals, ApprovalsConfig, Identity, IdentityService } from '../../gateway/port.ts'
import { fail } from '../errors.ts'
import type { Alerts } from '../lifecycle/alerts.ts'
import { decidableInSlack } from './approval-message.ts'
import type { Enrolments, SlackUser } from './enrolment.ts'
import { approveModal, closeModal, declineModal, denyModal, type ModalContext, readModal } from './modals.ts'
import { identify } from './person.ts'
import { mrkdwn, plain } from './text.ts'

export interface InteractionDeps {
  alerts: Alerts
  approvals: Approvals
  identity: Pick<IdentityService, 'person' | 'suspended'>
  enrolments: Enrolments
  client: webApi.WebClient
  /** How long grants live, of the config in force. */
  grants: () => Pick<ApprovalsConfig, 'grant' | 'max_grant'>
  clock: Clock
  log: Logger
}

const id = z.string().min(1).max(100)
const sender = {
  user: z.looseObject({ id, team_id: id.nullish() }),
  team: z.looseObject({ id }).nullish(),
}
const click = z.looseObject({
  ...sender,
  trigger_id: z.string().max(500),
  channel: z.looseObject({ id }).nullish(),
  actions: z.array(z.looseObject({ action_id: id, value: z.string().min(1).max(200).nullish() })).min(1),
})
const submission = z.looseObject({ ...sender, view: z.looseObject({ callback_id: id }) })

/** Slack shows "not responding" after 3 s; a slower answer goes on in the background. */
const ANSWER_WITHIN = 2500

/** Wires buttons and modals: who clicked, may they, do it, say what went wrong to them alone. */
export function listen(app: App, deps: InteractionDeps): void {
  const { alerts, approvals, client, log } = deps

  app.action(/^(alert|approval)\./, async ({ ack, body }) => {
    await ack()
    const parsed = click.safeParse(body)
    if (!parsed.success) return log.warn('Slack sent a malformed click')
    const { data } = parsed
    const from = senderOf(data)
    const channel = data.channel?.id
    try {
      const value = data.actions[0]!.value
      if (!value) throw fail('TW_SLACK_MALFORMED', { problem: 'the button has no value' })
      const context: ModalContext = { id: value, ...(channel !== undefined && { channel }) }
      await onClick(data.actions[0]!.action_id, context, data.trigger_id, from)
    } catch (error) {
      await explain(error, from, channel)
    }
  })
  // Link buttons of other versions also send a click: it needs an answer and nothing else.
  app.action(/^open\./, ({ ack }) => ack())

  async function onClick(
    action: string,
    context: ModalContext,
    trigger: string,
    from: SlackUser,
  ): Promise<void> {
    const by = await identify(from, deps)
    if (action === 'alert.acknowledge' || action === 'alert.investigate') {
      const to = action === 'alert.acknowledge' ? 'acknowledged' : 'investigating'
      await alerts.triage(context.id, by, { to, via: 'slack' })
    } else if (action === 'alert.confirm') await alerts.confirm(context.id, by, { via: 'slack' })
    else if (action === 'alert.decline') {
      const alert = await alerts.get(context.id)
      if (!alert?.proposal) throw fail('TW_ALERT_NOTHING_PROPOSED')
      await client.views.open({ trigger_id: trigger, view: declineModal(context, alert.summary) })
    } else if (action === 'alert.close') {
      const alert = await alerts.get(context.id)
      if (!alert) throw fail('TW_ALERT_UNKNOWN', { id: plain(context.id, 64) })
      await client.views.open({ trigger_id: trigger, view: closeModal(context, alert.summary) })
    } else if (action === 'approval.approve' || action === 'approval.deny') {
      const approval = await approvals.get(context.id)
      if (!approval || !decidableInSlack(approval)) throw fail('TW_SLACK_CONSOLE_ONLY')
      const { requester, traces, connection } = approval
      const about = `${requester.name ?? requester.user}: ${traces.count} traces of ${connection}`
      const { grant, max_grant } = deps.grants()
      const view =
        action === 'approval.approve'
          ? approveModal(context, about, { usual: Math.min(grant, max_grant), most: max_grant })
          : denyModal(context, about)
      await client.views.open({ trigger_id: trigger, view })
    } else throw fail('TW_SLACK_MALFORMED', { problem: 'an unknown button' })
  }

  app.view(/^(alert|approval)\./, async ({ ack, body, view }) => {
    const parsed = submission.safeParse(body)
    if (!parsed.success) {
      log.warn('Slack sent a malformed form')
      return ack()
    }
    const from = senderOf(parsed.data)
    let late = false
    const work = (async () => {
      try {
        await onSubmit(parsed.data.view.callback_id, view, await identify(from, deps))
        return undefined
      } catch (error) {
        if (late) await explain(error, from, channelOf(view))
        return error
      }
    })()
    const timer = new Promise<'late'>((resolve) => {
      const handle = setTimeout(() => resolve('late'), ANSWER_WITHIN)
      void work.finally(() => clearTimeout(handle))
    })
    const end = await Promise.race([work, timer])
    if (end === 'late') {
      late = true
      return ack()
    }
    if (end === undefined) return ack()
    await ack({ response_action: 'errors', errors: { reason: said(end, log).slice(0, 1000) } })
  })

  async function onSubmit(form: string, view: unknown, by: Identity): Promise<void> {
    const answers = readModal(view)
    if (form === 'alert.close') {
      if (!answers.verdict) throw fail('TW_ALERT_VERDICT')
      const { verdict, reason } = answers
      await alerts.triage(answers.id, by, { to: 'closed', verdict, reason, via: 'slack' })
      return
    }
    if (form === 'alert.decline') {
      await alerts.decline(answers.id, by, { reason: answers.reason, via: 'slack' })
      return
    }
    const approval = await approvals.get(answers.id)
    if (!approval || !decidableInSlack(approval)) throw fail('TW_SLACK_CONSOLE_ONLY')
    const common = { reason: answers.reason, via: 'slack' } as const
    if (form === 'approval.deny') await approvals.decide(answers.id, by, { decision: 'deny', ...common })
    else if (form === 'approval.approve')
      await approvals.decide(answers.id, by, {
        decision: 'approve',
        scope: answers.scope,
        ...(answers.duration !== undefined && { duration: answers.duration }),
        ...common,
      })
    else throw fail('TW_SLACK_MALFORMED', { problem: 'an unknown form' })
  }

  /** Tells one person what went wrong; who is not enrolled gets a code. */
  async function explain(error: unknown, from: SlackUser, channel: string | undefined): Promise<void> {
    try {
      let text = mrkdwn(said(error, log))
      if (error instanceof CodedError && error.code === 'TW_SLACK_NOT_ENROLLED') {
        const { code, url } = await deps.enrolments.start(from)
        text += ` <${url}|Open the console> and enter \`${code}\` within ten minutes.`
      }
      if (channel !== undefined) await client.chat.postEphemeral({ channel, user: from.user, text })
    } catch (problem) {
      log.warn({ err: problem }, 'a person in Slack could not be told what went wrong')
    }
  }

  app.error(async (error) => log.error({ err: error }, 'an interaction from Slack failed'))
}

const senderOf = (data: { user: { id: string; team_id?: string | null }; team?: { id: string } | null }) => ({
  team: data.user.team_id ?? data.team?.id ?? 'unknown',
  user: data.user.id,
})

/** Coded errors are made to be shown; anything else is logged, and said to be our fault. */
function said(error: unknown, log: Logger): string {
  let coded = error
  if (!(coded instanceof CodedError)) {
    log.error({ err: error }, 'an interaction from Slack failed')
    coded = fail('TW_SLACK_FAILED')
  }
  return coded instanceof CodedError ? `${coded.message} ${coded.hint}` : ''
}

function channelOf(view: { private_metadata: string }): string | undefined {
  try {
    const value: unknown = JSON.parse(view.private_metadata)
    if (
      typeof value === 'object' &&
      value !== null &&
      'channel' in value &&
      typeof value.channel === 'string'
    )
      return value.channel
  } catch {
    // The form was not ours: there is nowhere to answer.
  }
  return undefined
}
