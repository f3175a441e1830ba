import { type Block, type ModalView, messageBlocks, modalView, refusals } from './limits.ts'

/** The Web API's methods over one workspace in memory. */
export interface Message {
  channel: string
  ts: string
  text: string
  blocks: Block[]
  metadata?: { event_type: string; event_payload: Record<string, unknown> }
  edited: number
}
export interface OpenView extends ModalView {
  id: string
  openedBy: { user: string }
}
export interface Workspace {
  team: string
  channels: Map<string, string>
  messages: Message[]
  ephemerals: { channel: string; user: string; text: string }[]
  views: OpenView[]
  triggers: Map<string, { user: string; expires: number }>
  posted: Map<string, number[]>
  /** Microseconds of the newest message: stamps are unique. */
  last: number
}

type Answer = Record<string, unknown> & { ok: boolean; retryAfter?: number }
const no = (error: string, extra: Record<string, unknown> = {}): Answer => ({ ok: false, error, ...extra })

/** Posts to one channel: a short burst, then one a second. */
const BURST = 3
const MOST_TEXT = 40_000

export function callMethod(workspace: Workspace, method: string, form: Record<string, string>): Answer {
  const allowed = FIELDS[method]
  if (!allowed) return no('unknown_method')
  const unknown = Object.keys(form).find((name) => !allowed.includes(name))
  if (unknown !== undefined) return no('invalid_arguments', { argument: unknown })
  switch (method) {
    case 'auth.test':
      return { ok: true, team: 'Acme', team_id: workspace.team, user_id: 'UBOT00001', bot_id: 'B00000001' }
    case 'chat.postMessage':
      return post(workspace, form)
    case 'chat.update':
      return update(workspace, form)
    case 'chat.postEphemeral': {
      const channel = channelOf(workspace, form.channel)
      if (!channel) return no('channel_not_found')
      if (!form.user || !form.text) return no('no_text')
      workspace.ephemerals.push({ channel, user: form.user, text: form.text })
      return { ok: true, message_ts: stamp(workspace) }
    }
    case 'views.open':
      return openView(workspace, form)
    case 'conversations.list':
      return {
        ok: true,
        channels: [...workspace.channels].map(([name, id]) => ({ id, name: name.slice(1), is_member: true })),
        response_metadata: { next_cursor: '' },
      }
    default:
      return history(workspace, form)
  }
}

const MESSAGE = [
  'channel',
  'text',
  'blocks',
  'metadata',
  'parse',
  'link_names',
  'unfurl_links',
  'unfurl_media',
]
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  'auth.test': [],
  'chat.postMessage': MESSAGE,
  'chat.update': ['channel', 'ts', 'text', 'blocks', 'metadata', 'parse', 'link_names'],
  'chat.postEphemeral': ['channel', 'user', 'text', 'blocks'],
  'views.open': ['trigger_id', 'view'],
  'conversations.list': ['types', 'exclude_archived', 'limit', 'cursor'],
  'conversations.history': ['channel', 'oldest', 'latest', 'limit', 'cursor', 'include_all_metadata'],
}

const channelOf = (workspace: Workspace, name: string | undefined) =>
  name === undefined
    ? undefined
    : (workspace.channels.get(name) ?? [...workspace.channels.values()].find((id) => id === name))

function stamp(workspace: Workspace): string {
  workspace.last = Math.max(workspace.last + 1, Date.now() * 1000)
  return `${Math.floor(workspace.last / 1e6)}.${String(workspace.last % 1e6).padStart(6, '0')}`
}

function contentOf(form: Record<string, string>): { text: string; blocks: Block[] } | Answer {
  const text = form.text ?? ''
  if (text.length > MOST_TEXT) return no('msg_too_long')
  let blocks: unknown
  try {
    blocks = form.blocks === undefined ? [] : JSON.parse(form.blocks)
  } catch {
    return no('invalid_blocks_format')
  }
  const problems = refusals(messageBlocks, blocks)
  if (problems.some((one) => one.includes('msg_blocks_too_long'))) return no('msg_blocks_too_long')
  const parsed = messageBlocks.safeParse(blocks)
  if (!parsed.success)
    return no('invalid_blocks', { response_metadata: { messages: problems.map((one) => `[ERROR] ${one}`) } })
  if (text === '' && parsed.data.length === 0) return no('no_text')
  return { text, blocks: parsed.data }
}

function post(workspace: Workspace, form: Record<string, string>): Answer {
  const channel = channelOf(workspace, form.channel)
  if (!channel) return no('channel_not_found')
  const recent = (workspace.posted.get(channel) ?? []).filter((at) => at > Date.now() - 1000)
  if (recent.length >= BURST) return no('ratelimited', { retryAfter: 1 })
  const content = contentOf(form)
  if ('ok' in content) return content
  const metadata = metadataOf(form.metadata)
  if (metadata === 'invalid') return no('invalid_metadata_format')
  workspace.posted.set(channel, [...recent, Date.now()])
  const message: Message = {
    channel,
    ts: stamp(workspace),
    ...content,
    edited: 0,
    ...(metadata && { metadata }),
  }
  workspace.messages.push(message)
  return { ok: true, channel, ts: message.ts, message }
}

function metadataOf(text: string | undefined): Message['metadata'] | 'invalid' {
  if (text === undefined) return undefined
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null) return 'invalid'
  if (!('event_type' in value) || typeof value.event_type !== 'string') return 'invalid'
  if (!('event_payload' in value) || typeof value.event_payload !== 'object' || value.event_payload === null)
    return 'invalid'
  return { event_type: value.event_type, event_payload: { ...value.event_payload } }
}

function update(workspace: Workspace, form: Record<string, string>): Answer {
  const message = workspace.messages.find(({ channel, ts }) => channel === form.channel && ts === form.ts)
  if (!message) return no('message_not_found')
  const content = contentOf(form)
  if ('ok' in content) return content
  Object.assign(message, content)
  message.edited++
  return { ok: true, channel: message.channel, ts: message.ts, text: message.text }
}

function openView(workspace: Workspace, form: Record<string, string>): Answer {
  const trigger = workspace.triggers.get(form.trigger_id ?? '')
  if (!trigger) return no('invalid_trigger_id')
  workspace.triggers.delete(form.trigger_id!)
  if (trigger.expires < Date.now()) return no('expired_trigger_id')
  const value: unknown = JSON.parse(form.view ?? 'null')
  const parsed = modalView.safeParse(value)
  if (!parsed.success)
    return no('invalid_arguments', { response_metadata: { messages: refusals(modalView, value) } })
  const view: OpenView = {
    ...parsed.data,
    id: `V${workspace.views.length + 1}`,
    openedBy: { user: trigger.user },
  }
  workspace.views.push(view)
  return { ok: true, view }
}

function history(workspace: Workspace, form: Record<string, string>): Answer {
  const channel = [...workspace.channels.values()].find((id) => id === form.channel)
  if (!channel) return no('channel_not_found')
  const found = workspace.messages
    .filter((one) => one.channel === channel && Number(one.ts) >= Number(form.oldest ?? 0))
    .toReversed()
  const start = Number(form.cursor ?? 0)
  // Small pages, so that whoever looks must follow the cursor.
  const size = Math.min(Number(form.limit ?? 100), 2)
  const all = form.include_all_metadata === 'true'
  return {
    ok: true,
    messages: found.slice(start, start + size).map(({ metadata, ts, text }) => ({
      type: 'message',
      ts,
      text,
      ...(all && metadata && { metadata }),
    })),
    response_metadata: { next_cursor: start + size < found.length ? String(start + size) : '' },
  }
}
