import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Registry } from 'prom-client'
import type { Test } from 'tap'
import { request } from 'undici'
import {
  openDirectoryBlobs,
  openSpool,
  openStore,
  type Spool,
  spoolConfig,
} from '../../../../collector/port.ts'
import { systemClock } from '../../../../core/clock.ts'
import type { EventDraft, SessionEvent } from '../../../../core/event.ts'
import { createLogger } from '../../../../core/log.ts'
import { systemRandom } from '../../../../core/random.ts'
import { openMasterKey } from '../../../../core/secrets.ts'
import { openKeyRing } from '../../../../core/signing.ts'
import {
  approvalsConfig,
  compilePolicy,
  connectionConfig,
  createApprovals,
  createGateway,
  createHttpMetrics,
  createIdentity,
  createPostgresMetrics,
  createRecorder,
  createS3Metrics,
  createSessions,
  createWindows,
  decoysOf,
  type GatewayConfig,
  identityConfig,
  maskingConfig,
  policyConfig,
  recordingConfig,
} from '../../../../gateway/port.ts'

/** A credential that the built-in rules know. */
export const SECRET = 'AKIA' + 'TESTTESTTESTTEST'

const response = {
  trace_id: ['**.trace_id'],
  time: ['**.time'],
  time_unit: 'ms',
  structural: ['**.pad', '**.trace_id'],
}

/** A small trace store, with one route of each action. */
const routes = [
  { path: '/', action: 'asset' },
  { path: '/assets/*', action: 'asset' },
  { path: '/traces/:id', action: 'read', trace_id: ':id', parameters: ['?a', '?b'], response },
  { path: '/traces', action: 'read', limit: '?limit', parameters: ['?filter'], response },
  { path: '/listing', action: 'search', response },
  { path: '/parts', action: 'read', response },
  { path: '/live', action: 'read', response },
  { method: 'POST', path: '/ingest', action: 'write', response },
  { path: '/export', action: 'export', response },
  { method: 'DELETE', path: '/traces/:id', action: 'admin', response },
]

export type Handler = (req: IncomingMessage, res: ServerResponse) => void

export interface HouseOptions {
  backend?: Handler
  connection?: Record<string, unknown>
  policy?: Record<string, unknown>
  masking?: Record<string, unknown>
  recording?: boolean
  identity?: Record<string, unknown>
  /** Instead of an http connection, whole. */
  instead?: Record<string, unknown>
}

/** The whole gateway of real parts in front of a backend the test writes. */
export async function house(t: Test, options: HouseOptions = {}) {
  let close = async () => {}
  t.teardown(() => close())
  // Not the test's own: a test may have two houses, and tap makes that one anew each time it is asked for.
  const directory = mkdtempSync(join(tmpdir(), 'tracewarden-house-'))
  let ahead = 0
  const clock = { now: () => systemClock.now() + ahead, monotonic: systemClock.monotonic }
  const random = systemRandom
  const logged: string[] = []
  const log = createLogger('warn', { write: (line: string) => void logged.push(line) })
  const master = openMasterKey(`${directory}/keys`)
  const keyRing = openKeyRing(`${directory}/keys`, 'gateway')
  const store = await openStore({ kind: 'embedded', file: ':memory:' }, { dataDir: directory, log, clock })
  const real = await openSpool(spoolConfig.parse({}), {
    directory: `${directory}/spool`,
    gateway: 'gateway-1',
    master,
    clock,
    random,
    log,
  })
  const events: SessionEvent[] = []
  let broken: ((draft: EventDraft) => boolean) | undefined
  const spool: Spool = Object.create(real, {
    append: {
      value: async (drafts: readonly EventDraft[]) => {
        if (broken && drafts.some(broken)) throw new Error('no space left on device')
        const written = await real.append(drafts)
        events.push(...written.map(({ event }) => event))
        return written
      },
    },
  })
  const backend = await listening(createServer(options.backend ?? ((_req, res) => res.end())))
  const connection = connectionConfig.parse(
    options.instead ?? {
      name: 'store',
      profile: 'json',
      listen: '127.0.0.1:0',
      backend: `http://${backend.address}`,
      headers: { 'X-Gateway-Key': 'gateway-only' },
      timeout: '2s',
      hold: '200ms',
      routes,
      ...options.connection,
    },
  )
  let config: GatewayConfig = {
    identity: identityConfig.parse({
      users: [
        { id: 'ann', email: 'ann@example.com', roles: ['ml-engineer'], team: 'search' },
        { id: 'bob', roles: ['ml-engineer'] },
        { id: 'rev', roles: ['trace-owner'] },
      ],
      unauthenticated: { events_per_minute: 3 },
      ...options.identity,
    }),
    connections: [connection],
    masking: maskingConfig.parse({
      fields: [{ name: 'notes', paths: ['**.notes'], hidden: false }],
      ...options.masking,
    }),
    policy: policyConfig.parse(options.policy ?? {}),
    approvals: approvalsConfig.parse({
      groups: [{ name: 'trace-owners', roles: ['trace-owner'] }],
      default_groups: ['trace-owners'],
    }),
    recording: recordingConfig.parse({}),
  }
  let version = 1
  let snapshot = compilePolicy(config, { version })
  const identity = createIdentity(config.identity, {
    documents: store.documents,
    keyRing,
    master,
    clock,
    random,
    log,
    emit: async (draft) => void (await spool.append([draft])),
  })
  await identity.start()
  const recorder = createRecorder(
    { max_session: 256 * 1024 ** 2, retention: 86_400_000 },
    {
      directory: `${directory}/parts`,
      blobs: openDirectoryBlobs(`${directory}/blobs`),
      documents: store.documents,
      master,
      clock,
      random,
      log,
      gateway: 'gateway-1',
    },
  )
  const registry = new Registry()
  const metrics = createHttpMetrics(registry)
  const sessions = createSessions({
    spool,
    recorder: () => (options.recording === false ? undefined : recorder),
    clock,
    random,
    log,
    idle: () => connection.idle,
    maxRecording: () => 256 * 1024 ** 2,
    count: (name, by) => metrics.sessions.inc({ connection: name }, by),
  })
  const approvals = createApprovals({
    documents: store.documents,
    keyRing,
    config: () => config,
    person: (user) => identity.person(user),
    emit: async (draft) => void (await spool.append([draft])),
    clock,
    random,
    log,
  })
  const gateway = createGateway({
    name: 'gateway-1',
    snapshot: () => snapshot,
    identity,
    approvals,
    windows: createWindows({ span: () => 3_600_000, random }),
    spool,
    sessions,
    clock,
    random,
    log,
    metrics: {
      http: metrics,
      postgres: createPostgresMetrics(registry),
      s3: createS3Metrics(registry),
    },
    copies: `${directory}/copies`,
    keys: master,
    risk: () => 0,
  })
  await gateway.start()
  const address = () => gateway.addresses().store!
  const ann = await identity.createToken({ user: 'ann', ttl: 3_600_000, by: 'ann' })
  const rev = await identity.createToken({ user: 'rev', ttl: 3_600_000, by: 'rev' })
  const reviewer = await identity.authenticate(rev.secret)
  const bob = await identity.createToken({ user: 'bob', ttl: 3_600_000, by: 'bob' })

  close = async () => {
    await gateway.drain(1_000)
    identity.stop()
    await recorder.close()
    await real.close()
    await store.close()
    backend.server.closeAllConnections()
    await new Promise((resolve) => backend.server.close(resolve))
    rmSync(directory, { recursive: true, force: true })
  }
  return {
    address,
    backend,
    events,
    logged,
    identity,
    sessions,
    recorder,
    registry,
    gateway,
    approvals,
    ann: ann.secret,
    bob: bob.secret,
    reviewer,
    /** The decoys of the config in force. */
    decoys: () => decoysOf(config, master).all,
    /** Events of requests, without the house's own. */
    told: (action?: string) => events.filter((e) => !action || e.event.action === action),
    /** Until so many requests wait for an approval. */
    async holding(count: number) {
      const gauge = () => registry.getSingleMetricAsString('tracewarden_http_held_requests')
      while (!(await gauge()).includes(`"store"} ${count}`)) await new Promise((r) => setTimeout(r, 5))
    },
    advance(ms: number) {
      ahead += ms
    },
    /** The disk takes no event like this any more. */
    failDisk(match: ((draft: EventDraft) => boolean) | undefined) {
      broken = match
    },
    reconfigure(change: (config: GatewayConfig) => GatewayConfig) {
      config = change(config)
      version++
      snapshot = compilePolicy(config, { version })
    },
    async get(
      path: string,
      init: { token?: string; headers?: Record<string, string>; method?: string; body?: string } = {},
    ) {
      const response = await request(`http://${address()}${path}`, {
        method: init.method ?? 'GET',
        headers: {
          ...(init.token === '' ? {} : { authorization: `Bearer ${init.token ?? ann.secret}` }),
          ...init.headers,
        },
        ...(init.body === undefined ? {} : { body: init.body }),
      })
      const text = await response.body.text()
      return { status: response.statusCode, headers: response.headers, text }
    },
  }
}

export async function listening(server: Server) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { server, address: `127.0.0.1:${port}` }
}

/** Waits for a condition, by turns of the event loop; the test's own timeout is the bound. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}

export const answerJson = (res: ServerResponse, value: unknown, status = 200): void => {
  res.writeHead(status, { 'content-type': 'application/json' })
  res.end(JSON.stringify(value))
}
