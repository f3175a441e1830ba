import { Agent, request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { parse } from 'yaml'
import { createLogger } from '../../core/log.ts'
import { configSchema } from '../../daemon/config/schema.ts'
import { ALL_ROLES } from '../../daemon/roles.ts'
import { type Daemon, startDaemon } from '../../daemon/start.ts'
import { demoConfig, sampleTraces } from '../../fixtures/port.ts'
import type { Answer, Ask, DoorName, Reply } from './attack.ts'
import { type Backend, mlflowBackend, type Planted, phoenixBackend, sampleBackend } from './backends.ts'
import { type FurtherStores, openFurther } from './further.ts'
import { type Provider, startProvider } from './provider.ts'
import { secretsOf } from './secrets.ts'

/** A person at the doors. */
export interface Player {
  user: string
  token: string
}

/** The whole daemon, as `start` runs it, in front of stores that tell everything. */
export interface House {
  daemon: Daemon
  provider: Provider
  backends: Readonly<Record<'traces' | 'mlflow' | 'phoenix', Backend>>
  /** Whether this store is behind a door. */
  has(door: DoorName): boolean
  /** Of the sample store, newest first. */
  traces: ReturnType<typeof sampleTraces>
  logged: string[]
  address(door: DoorName): string
  player(user: string): Promise<Player>
  ask(ask: Ask, me: Player): Promise<Answer>
  raw(door: DoorName, bytes: string | Buffer, me: Player): Promise<string>
  /** Approves what `user` waits for, as a reviewer does on the console. */
  approve(user: string, verdict?: object, as?: Ask['as']): Promise<Answer>
  /** Requests that wait for an approval, newest first. */
  waiting(user: string): Promise<{ id: string }[]>
  /** From now on the stores answer this about an attack's trace. */
  replant(id: string, reply: Reply): void
  close(): Promise<void>
}

/** What guesses are about, in every store. */
export const ORACLE = secretsOf('the oracle', 'tr-oracle')

const LIMITS = { window_approval: 20, window_block: 30, trace_records: 50, trace_bytes: '1MiB' }

function configOf(
  data: string,
  backends: House['backends'],
  further: FurtherStores,
  provider: Provider,
  users: readonly string[],
) {
  const [traces] = parse(demoConfig().replaceAll(/\$\{env:\w+\}/g, '127.0.0.1:0')).connections
  const door = { hold: '20ms', timeout: '1m', listen: '127.0.0.1:0' }
  const plain = { ...traces, ...door, idle: '30s', backend: backends.traces.url }
  plain.routes = [
    ...plain.routes,
    { path: '/', action: 'asset' },
    { path: '/assets/:name', action: 'asset' },
    { method: 'POST', path: '/ingest', action: 'write' },
    { method: 'DELETE', path: '/traces/:id', action: 'admin' },
  ]
  return configSchema.parse({
    data,
    console: { listen: '127.0.0.1:0' },
    connections: [
      plain,
      { ...plain, name: 'mirror' },
      { ...door, name: 'mlflow', profile: 'mlflow', backend: backends.mlflow.url },
      { ...door, name: 'phoenix', profile: 'phoenix', backend: backends.phoenix.url },
      ...further.connections.map((connection) => ({ ...door, ...connection })),
    ],
    masking: {
      fields: [
        { name: 'customer_id', paths: ['**.customer_id'], transform: 'hash' },
        { name: 'system_prompt', paths: ['**.system_prompt'], transform: 'redact' },
      ],
      content: {
        custom: [{ name: 'customer', keywords: ['CUST-'], pattern: 'CUST-[0-9]{6}', transform: 'hash' }],
      },
    },
    policy: { limits: LIMITS },
    approvals: { default_groups: ['owners'], groups: [{ name: 'owners', roles: ['trace-owner'] }] },
    identity: {
      oidc: [
        {
          name: 'corp',
          issuer: provider.issuer,
          jwks: provider.jwks,
          audience: 'tracewarden',
          clients: ['mlflow-cli'],
        },
      ],
      unauthenticated: { events_per_minute: 20 },
      users: [
        ...users.map((id) => ({ id, roles: ['ml-engineer'], team: 'search' })),
        {
          id: 'colleague',
          roles: ['ml-engineer'],
          email: 'colleague@example.com',
          subject: `${provider.issuer}#colleague`,
        },
        { id: 'reviewer', roles: ['trace-owner'], email: 'reviewer@example.com' },
        { id: 'reviewer-2', roles: ['trace-owner'], email: 'Reviewer@example.com' },
        { id: 'owner', roles: ['trace-owner', 'ml-engineer'] },
        { id: 'robot', kind: 'service', owner: 'owner', roles: ['ml-engineer'] },
        { id: 'reviewing-robot', kind: 'service', owner: 'colleague', roles: ['trace-owner'] },
        { id: 'auditor', roles: ['soc', 'auditor'] },
        { id: 'admin', roles: ['admin'] },
      ],
    },
  })
}

export async function openHouse(data: string, planted: Planted, users: readonly string[]): Promise<House> {
  const traces = sampleTraces(240, Date.now())
  const provider = await startProvider()
  const backends = {
    traces: await sampleBackend(planted, ORACLE, traces.traces),
    mlflow: await mlflowBackend(planted, ORACLE),
    phoenix: await phoenixBackend(planted, ORACLE),
  }
  const logged: string[] = []
  const log = createLogger('debug', { write: (line: string) => void logged.push(line) })
  const further = await openFurther(planted, ORACLE)
  const config = configOf(join(data, 'data'), backends, further, provider, users)
  const daemon = await startDaemon(config, ALL_ROLES, log)
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const players = new Map<string, Promise<Player>>()
  const player = (user: string) => {
    const known = players.get(user)
    if (known) return known
    const made = daemon.authority.identity
      .createToken({ user, ttl: 3_600_000, by: 'bypass' })
      .then(({ secret }) => ({ user, token: secret }))
    players.set(user, made)
    return made
  }
  const address = (door: DoorName) =>
    door === 'console' ? daemon.console.replace('http://', '') : daemon.doors[door]!

  async function credential(ask: Ask, me: Player): Promise<Record<string, string>> {
    if (ask.as === 'nobody') return {}
    const who = ask.as === undefined || ask.as === 'me' ? me : await player(ask.as)
    return { authorization: `Bearer ${who.token}` }
  }

  const house: House = {
    daemon,
    provider,
    backends,
    has: (door) => door === 'console' || daemon.doors[door] !== undefined,
    traces,
    logged,
    address,
    player,
    async ask(ask, me) {
      const body =
        ask.body === undefined || typeof ask.body === 'string' ? ask.body : JSON.stringify(ask.body)
      const headers = {
        ...(await credential(ask, me)),
        ...(typeof ask.body === 'object' ? { 'content-type': 'application/json' } : {}),
        ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
        ...ask.headers,
      }
      return send(
        address(ask.door ?? 'traces'),
        ask.method ?? (body === undefined ? 'GET' : 'POST'),
        ask.path,
        headers,
        body,
        agent,
      )
    },
    raw: (door, bytes, me) =>
      exchange(
        address(door),
        typeof bytes === 'string'
          ? bytes.replaceAll('{token}', me.token).replaceAll('{host}', address(door))
          : bytes,
      ),
    replant(id, next) {
      const entry = planted(id)
      if (entry) entry.reply = next
    },
    async waiting(user) {
      const { approvals } = await daemon.authority.approvals.list({ status: 'pending', user, limit: 20 })
      return approvals.map(({ id }) => ({ id }))
    },
    async approve(user, verdict = {}, as = 'reviewer') {
      const [next] = await house.waiting(user)
      if (!next) throw new Error(`${user} waits for nothing`)
      return house.ask(
        {
          door: 'console',
          as,
          path: `/api/v1/approvals/${next.id}/decide`,
          body: { decision: 'approve', reason: 'the corpus asks', ...verdict },
        },
        await player('reviewer'),
      )
    },
    async close() {
      agent.destroy()
      await daemon.stop(1000)
      await Promise.all([...Object.values(backends), further, provider].map((each) => each.close()))
    },
  }
  return house
}

function send(
  address: string,
  method: string,
  path: string,
  headers: Record<string, string | string[]>,
  body: string | undefined,
  agent: Agent,
): Promise<Answer> {
  const colon = address.lastIndexOf(':')
  return new Promise((resolve, reject) => {
    const req = httpRequest(
      { host: address.slice(0, colon), port: Number(address.slice(colon + 1)), method, path, headers, agent },
      (res) => {
        const chunks: Buffer[] = []
        res.on('data', (chunk: Buffer) => chunks.push(chunk))
        // A cut answer is what it is: what came is what there is to read.
        res.on('error', () => undefined)
        res.on('close', () => {
          const all = Buffer.concat(chunks)
          resolve({
            status: res.statusCode ?? 0,
            statusText: res.statusMessage ?? '',
            headers: res.headers,
            body: all,
            text: all.toString('utf8'),
          })
        })
      },
    )
    req.on('error', (error: Error & { code?: string }) =>
      error.code === 'ECONNRESET' || error.code === 'EPIPE'
        ? resolve({ status: 0, statusText: 'reset', headers: {}, body: Buffer.alloc(0), text: '' })
        : reject(error),
    )
    req.end(body)
  })
}

/** Sends bytes as they are and reads until the peer closes, or has been silent for this long, ms, in so many looks. */
const SILENCE = 150
const LOOKS = 5

function exchange(address: string, bytes: string | Buffer): Promise<string> {
  const colon = address.lastIndexOf(':')
  return new Promise((resolve, reject) => {
    const socket = connect(Number(address.slice(colon + 1)), address.slice(0, colon))
    let text = ''
    let silent = 0
    // By looks, not by time: while this process stands still, so does the daemon in it.
    const look = setInterval(() => ++silent > LOOKS && socket.destroy(), SILENCE / LOOKS)
    socket.on('data', (chunk) => {
      silent = 0
      text += chunk.toString('latin1')
    })
    socket.on('error', (error: Error & { code?: string }) =>
      error.code === 'ECONNRESET' || error.code === 'EPIPE' ? undefined : reject(error),
    )
    socket.on('close', () => {
      clearInterval(look)
      resolve(text)
    })
    socket.write(bytes)
  })
}
