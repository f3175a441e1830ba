import { webApi } from '@slack/bolt'
import type { Clock } from '../../core/clock.ts'
import type { Approval } from '../../gateway/port.ts'
import type { Alert } from '../lifecycle/alert.ts'
import { type Delivery, Undelivered } from '../routes/delivery.ts'
import { createPacer } from '../routes/pace.ts'
import type { Messenger } from '../routes/routes.ts'
import { alertMessage, type View } from './alert-message.ts'
import { approvalMessage } from './approval-message.ts'
import { digestMessage } from './digest-message.ts'
import type { MessageContent } from './rich.ts'
import { clip } from './text.ts'

/** Marks our messages, so that one whose answer was lost is found again. */
export const METADATA = 'tracewarden_delivery'
/** Slack lets an app post about one message a second to a channel. */
const PACE = 1000
/** And change about fifty a minute in a workspace. */
const UPDATES = { burst: 15, every: 1500 }

/** Answers of Slack that pass by themselves; after those in `MAYBE` the message may be there all the same. */
const PASSING: ReadonlySet<string> = new Set(['ratelimited', 'rate_limited', 'service_unavailable'])
const MAYBE: ReadonlySet<string> = new Set(['internal_error', 'fatal_error', 'request_timeout'])
/** It did not like how the message is made. */
const REFUSED: ReadonlySet<string> = new Set([
  'invalid_blocks',
  'invalid_blocks_format',
  'msg_blocks_too_long',
  'msg_too_long',
])
const GONE: ReadonlySet<string> = new Set(['message_not_found', 'cant_update_message', 'edit_window_closed'])

type Content = Pick<MessageContent, 'text' | 'blocks'> & { parse: 'none'; link_names: false }

export function createMessenger(deps: { client: webApi.WebClient; view: View; clock: Clock }): Messenger {
  const { client, clock } = deps
  const posts = createPacer({ burst: 1, every: PACE, clock })
  const updates = createPacer({ ...UPDATES, clock })
  const channelIds = new Map<string, string>()
  let pausedUntil = 0

  async function call<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act()
    } catch (error) {
      const problem = problemOf(error)
      if (problem.retryAfter !== undefined)
        pausedUntil = Math.max(pausedUntil, clock.now() + problem.retryAfter)
      throw problem
    }
  }

  async function post(channel: string, content: Content, delivery: Delivery) {
    const answer = await call(() =>
      client.chat.postMessage({
        channel,
        ...content,
        unfurl_links: false,
        unfurl_media: false,
        metadata: { event_type: METADATA, event_payload: { delivery: delivery.id } },
      }),
    )
    if (!answer.channel || !answer.ts)
      throw new Undelivered('Slack did not say where the message is', { uncertain: true })
    channelIds.set(channel, answer.channel)
    return { channel: answer.channel, ts: answer.ts }
  }

  /** Looks for the message of a delivery whose last try may have arrived, newest first, back to its creation. */
  async function find(channel: string, delivery: Delivery) {
    const id = await channelId(channel)
    const oldest = String(Math.floor(Date.parse(delivery.created) / 1000) - 60)
    let cursor: string | undefined
    do {
      const page = await call(() =>
        client.conversations.history({
          channel: id,
          oldest,
          limit: 200,
          include_all_metadata: true,
          ...(cursor && { cursor }),
        }),
      )
      for (const { metadata, ts } of page.messages ?? [])
        if (ts && metadata?.event_type === METADATA && isOurs(metadata.event_payload, delivery.id))
          return { channel: id, ts }
      cursor = page.response_metadata?.next_cursor || undefined
    } while (cursor)
    return undefined
  }

  /** History wants an id where posting takes a name. */
  async function channelId(channel: string): Promise<string> {
    if (/^[CGD][A-Z0-9]{6,}$/.test(channel)) return channel
    const known = channelIds.get(channel)
    if (known !== undefined) return known
    const name = channel.replace(/^#/, '')
    let cursor: string | undefined
    do {
      const page = await call(() =>
        client.conversations.list({
          types: 'public_channel,private_channel',
          exclude_archived: true,
          limit: 1000,
          ...(cursor && { cursor }),
        }),
      )
      for (const one of page.channels ?? [])
        if (one.name === name && one.id) {
          channelIds.set(channel, one.id)
          return one.id
        }
      cursor = page.response_metadata?.next_cursor || undefined
    } while (cursor)
    throw new Undelivered('Slack does not know the channel, or the app is not in it', { stuck: true })
  }

  async function deliver(message: MessageContent, delivery: Delivery) {
    try {
      return await put(message, delivery)
    } catch (error) {
      // Plain words with a link are better than silence.
      if (!(error instanceof Undelivered && REFUSED.has(error.message))) throw error
      const text = `${clip(message.text, 1000)} <${message.page}|Open on the console>`
      return await put({ ...message, text, blocks: [] }, delivery)
    }
  }

  async function put(message: MessageContent, delivery: Delivery) {
    const { destination } = delivery
    if (destination.kind !== 'slack') throw new Undelivered('not a Slack channel', { stuck: true })
    const { text, blocks } = message
    const content = { text, blocks, parse: 'none', link_names: false } as const
    const there =
      delivery.slack ?? (delivery.uncertain ? await find(destination.channel, delivery) : undefined)
    if (!there) return { slack: await post(destination.channel, content, delivery) }
    try {
      await call(() => client.chat.update({ ...there, ...content }))
      return { slack: there }
    } catch (error) {
      // Somebody deleted it: it is told again rather than lost.
      if (error instanceof Undelivered && GONE.has(error.message))
        return { slack: await post(destination.channel, content, delivery) }
      throw error
    }
  }

  return {
    admit({ destination, slack }) {
      if (clock.now() < pausedUntil || destination.kind !== 'slack') return false
      return slack ? updates.turn('all') : posts.turn(destination.channel)
    },
    alert: (alert: Alert, delivery) => deliver(alertMessage(alert, deps.view), delivery),
    digest: (digest, delivery) => deliver(digestMessage(digest, deps.view), delivery),
    approval: (approval: Approval, delivery) => deliver(approvalMessage(approval, deps.view), delivery),
  }
}

const isOurs = (payload: unknown, delivery: string): boolean =>
  typeof payload === 'object' && payload !== null && 'delivery' in payload && payload.delivery === delivery

/** What an error of the Web API means for a delivery. Its message is Slack's word for it, never a payload. */
function problemOf(error: unknown): Undelivered {
  if (error instanceof webApi.WebAPIRateLimitedError)
    return new Undelivered('ratelimited', { retryAfter: error.retryAfter * 1000, cause: error })
  if (error instanceof webApi.WebAPIPlatformError) {
    const word = error.data.error
    if (MAYBE.has(word)) return new Undelivered(word, { uncertain: true, cause: error })
    return new Undelivered(word, { stuck: !PASSING.has(word) && !GONE.has(word), cause: error })
  }
  if (error instanceof webApi.WebAPIHTTPError)
    return new Undelivered(`Slack answered ${error.statusCode}`, { uncertain: true, cause: error })
  return new Undelivered('Slack does not answer', { uncertain: true, cause: error })
}
