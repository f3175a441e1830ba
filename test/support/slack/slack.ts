import { createHmac, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { parse, stringify } from 'node:querystring'
import type { Block } from './limits.ts'
import { callMethod, type Message, type OpenView, type Workspace } from './methods.ts'
import { acceptSocket, type ServerSocket } from './websocket.ts'

/**
 * A Slack of one workspace on 127.0.0.1: Web API, Socket Mode and signed HTTP interactions over the wire, with the
 * refusals of the real one. People are only ids: `click` and `submit` act for them and resolve when the app answered.
 */
export type Trouble =
  | { kind: 'ratelimited'; seconds: number }
  | { kind: 'status'; status: number }
  | { kind: 'error'; error: string }
  /** Does what was asked, then breaks the connection before answering. */
  | { kind: 'cut' }

export const SECRETS = {
  bot: 'xoxb' + '-test-0000',
  app: 'xapp' + '-test-0000',
  signing: 'sign' + 'ing-test-0000',
}

/** Slack itself waits three seconds, ms; how busy the machine of a test is says nothing about the app. */
const ANSWER_WITHIN = 60_000

export async function startSlack() {
  const workspace: Workspace = {
    team: 'T00000001',
    channels: new Map([
      ['#tracewarden', 'C00000001'],
      ['#soc', 'C00000002'],
      ['#trace-approvals', 'C00000003'],
    ]),
    messages: [],
    ephemerals: [],
    views: [],
    triggers: new Map(),
    posted: new Map(),
    last: 0,
  }
  const calls: { method: string; form: Record<string, string>; at: number }[] = []
  const troubles = new Map<string, Trouble[]>()
  const tickets = new Set<string>()
  const acks = new Map<string, (payload: unknown) => void>()
  const connections = new Set<Socket>()
  const watchers = new Set<() => void>()
  let sockets: ServerSocket[] = []
  let down = false
  let requestUrl: string | undefined
  const changed = () => {
    for (const watcher of [...watchers]) watcher()
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
  server.on('connection', (socket) => {
    if (down) socket.destroy()
    connections.add(socket)
    socket.on('close', () => connections.delete(socket))
  })
  server.on('upgrade', (request, stream) => {
    const ticket = new URL(request.url ?? '', 'http://slack').searchParams.get('ticket') ?? ''
    if (!tickets.delete(ticket)) return stream.end('HTTP/1.1 401 Unauthorized\r\n\r\n')
    const socket = acceptSocket(request, stream, {
      text(text) {
        const { envelope_id, payload } = JSON.parse(text)
        acks.get(envelope_id)?.(payload)
        acks.delete(envelope_id)
      },
      end() {
        sockets = sockets.filter((one) => one !== socket)
        changed()
      },
    })
    sockets.push(socket)
    socket.send(JSON.stringify({ type: 'hello', num_connections: sockets.length }))
    changed()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  async function answer(request: IncomingMessage, response: ServerResponse) {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const method = (request.url ?? '').replace('/api/', '')
    const form = Object.fromEntries(
      Object.entries(parse(Buffer.concat(chunks).toString())).map(([key, value]) => [key, String(value)]),
    )
    calls.push({ method, form, at: Date.now() })
    const trouble = troubles.get(method)?.shift()
    const reply = (status: number, body: unknown, headers: Record<string, string> = {}) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers })
      response.end(JSON.stringify(body))
      changed()
    }
    const limited = (seconds: number) =>
      reply(429, { ok: false, error: 'ratelimited' }, { 'retry-after': String(seconds) })
    if (trouble?.kind === 'ratelimited') return limited(trouble.seconds)
    if (trouble?.kind === 'status') return reply(trouble.status, { ok: false })
    if (trouble?.kind === 'error') return reply(200, { ok: false, error: trouble.error })
    const token = request.headers.authorization
    if (method === 'apps.connections.open') {
      if (token !== `Bearer ${SECRETS.app}`) return reply(200, { ok: false, error: 'invalid_auth' })
      const ticket = randomBytes(8).toString('hex')
      tickets.add(ticket)
      return reply(200, { ok: true, url: `ws://127.0.0.1:${port}/link?ticket=${ticket}` })
    }
    if (token !== `Bearer ${SECRETS.bot}`) return reply(200, { ok: false, error: 'invalid_auth' })
    const { retryAfter, ...body } = callMethod(workspace, method, form)
    if (trouble?.kind === 'cut') {
      changed()
      return request.socket.destroy()
    }
    if (retryAfter !== undefined) return limited(retryAfter)
    reply(200, body)
  }

  /** Gives the app an interaction the way it is connected; resolves with what it answered. */
  async function interact(payload: Record<string, unknown>): Promise<unknown> {
    if (requestUrl !== undefined) {
      const response = await postSigned(stringify({ payload: JSON.stringify(payload) }))
      const text = await response.text()
      if (response.status !== 200) throw new Error(`the app answered ${response.status}`)
      return text === '' ? undefined : JSON.parse(text)
    }
    const socket = sockets.at(-1)
    if (!socket) throw new Error('the app is not connected')
    const envelope_id = randomBytes(8).toString('hex')
    const acked = new Promise<unknown>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error('the app did not answer in time')), ANSWER_WITHIN)
      acks.set(envelope_id, (answered) => {
        clearTimeout(late)
        resolve(answered)
      })
    })
    socket.send(JSON.stringify({ type: 'interactive', envelope_id, payload, accepts_response_payload: true }))
    return acked
  }

  function postSigned(body: string, options: { secret?: string; at?: number; type?: string } = {}) {
    const at = options.at ?? Math.floor(Date.now() / 1000)
    const mac = createHmac('sha256', options.secret ?? SECRETS.signing).update(`v0:${at}:${body}`)
    return fetch(requestUrl!, {
      method: 'POST',
      body,
      signal: AbortSignal.timeout(ANSWER_WITHIN),
      headers: {
        'content-type': options.type ?? 'application/x-www-form-urlencoded',
        'x-slack-request-timestamp': String(at),
        'x-slack-signature': `v0=${mac.digest('hex')}`,
      },
    })
  }

  function trigger(user: string, life: number): string {
    const id = `${Date.now()}.${randomBytes(6).toString('hex')}`
    workspace.triggers.set(id, { user, expires: Date.now() + life })
    return id
  }

  const sender = (user: string) => ({
    user: { id: user, username: user.toLowerCase(), team_id: workspace.team },
    team: { id: workspace.team, domain: 'acme' },
    api_app_id: 'A00000001',
  })

  return {
    api: `http://127.0.0.1:${port}/api/`,
    workspace,
    calls,
    /** The next call of a method meets this. */
    trouble(method: string, trouble: Trouble) {
      troubles.set(method, [...(troubles.get(method) ?? []), trouble])
    },
    setDown(value: boolean) {
      down = value
      if (value) for (const connection of connections) connection.destroy()
    },
    /** Interactions go to this URL, signed, instead of through the socket. */
    sendTo(url: string) {
      requestUrl = url
    },
    sockets: () => sockets,
    postSigned,
    interact,
    /** Presses a button of a message as it stands. */
    async click(message: Message, action: string, user: string, options: { triggerLife?: number } = {}) {
      const element = buttonsOf(message.blocks).find(({ action_id }) => action_id === action)
      if (!element) throw new Error(`the message has no button ${action}`)
      return interact({
        type: 'block_actions',
        ...sender(user),
        container: { type: 'message', message_ts: message.ts, channel_id: message.channel },
        channel: { id: message.channel, name: 'channel' },
        message: { ts: message.ts, text: message.text },
        trigger_id: trigger(user, options.triggerLife ?? ANSWER_WITHIN),
        actions: [{ type: 'button', action_id: action, block_id: 'b', value: element.value, action_ts: '1' }],
      })
    },
    /** Submits a modal. Answers: undefined if it closes, or the errors by block. @throws what Slack itself asks for */
    async submit(view: OpenView, values: Record<string, string>, user = view.openedBy.user) {
      const answered = await interact({
        type: 'view_submission',
        ...sender(user),
        trigger_id: trigger(user, ANSWER_WITHIN),
        view: { ...view, state: { values: stateOf(view, values) } },
        response_urls: [],
      })
      return errorsOf(answered, view)
    },
    /** Resolves once the condition holds; it is looked at after each call of the Web API, and now and then. */
    async until<T>(condition: () => T | undefined | false, what: string): Promise<T> {
      const started = Date.now()
      for (;;) {
        const value = condition()
        if (value !== undefined && value !== false) return value
        if (Date.now() - started > 120_000) throw new Error(`never happened: ${what}`)
        await new Promise<void>((resolve) => {
          const done = () => {
            clearTimeout(timer)
            watchers.delete(done)
            resolve()
          }
          const timer = setTimeout(done, 50)
          watchers.add(done)
        })
      }
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      for (const connection of connections) connection.destroy()
      await once(server, 'close')
    },
  }
}

export type SlackStandIn = Awaited<ReturnType<typeof startSlack>>

export const buttonsOf = (blocks: readonly Block[]) =>
  blocks.flatMap((block) =>
    block.type === 'actions'
      ? block.elements.flatMap((element) => (element.type === 'button' ? [element] : []))
      : [],
  )

/** The state of a view as a person filled it in; Slack itself refuses empty and overlong inputs. */
function stateOf(view: OpenView, values: Record<string, string>) {
  const state: Record<string, Record<string, unknown>> = {}
  for (const block of view.blocks) {
    if (block.type !== 'input') continue
    const { element } = block
    const name = block.block_id ?? element.action_id
    if (element.type === 'plain_text_input') {
      const value = values[name] ?? element.initial_value ?? ''
      if (value.length < (element.min_length ?? 0) || value.length > (element.max_length ?? 3000))
        throw new Error(`Slack would not submit: ${name} has ${value.length} characters`)
      if (value === '' && !block.optional) throw new Error(`Slack would not submit: ${name} is empty`)
      state[name] = { [element.action_id]: { type: element.type, value } }
    } else {
      const chosen = values[name] ?? element.initial_option?.value
      const selected = element.options.find(({ value }) => value === chosen)
      if (!selected && !block.optional) throw new Error(`Slack would not submit: ${name} is not chosen`)
      state[name] = { [element.action_id]: { type: element.type, selected_option: selected ?? null } }
    }
  }
  return state
}

function errorsOf(answered: unknown, view: OpenView): Record<string, string> | undefined {
  if (typeof answered !== 'object' || answered === null || Object.keys(answered).length === 0)
    return undefined
  const { response_action, errors } = answered as {
    response_action?: string
    errors?: Record<string, string>
  }
  if (response_action !== 'errors' || !errors) throw new Error(`Slack does not know ${response_action}`)
  for (const block of Object.keys(errors))
    if (!view.blocks.some((one) => one.type === 'input' && one.block_id === block))
      throw new Error(`Slack would refuse errors for ${block}`)
  return errors
}
