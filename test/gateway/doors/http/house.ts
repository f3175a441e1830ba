import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { request } from 'undici'
import { systemClock } from '../../../../core/clock.ts'
import {
  approvalsConfig,
  connectionConfig,
  type GatewayConfig,
  identityConfig,
  maskingConfig,
  policyConfig,
  recordingConfig,
} from '../../../../gateway/port.ts'
import { createWitness, startWholeGateway } from '../../../support/gateway.ts'
import { testRandom } from '../../../support/random.ts'

const random = testRandom('http')

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
  let ahead = 0
  const clock = { now: () => systemClock.now() + ahead, monotonic: systemClock.monotonic }
  const backend = await listening(createServer(options.backend ?? ((_req, res) => res.end())))
  const connection = connectionConfig.parse(
    options.instead ?? {
      name: 'store',
      profile: 'json',
      listen: '127.0.0.1:0',
      backend: `http://${backend.address}`,
      headers: { 'X-Gateway-Key': 'gateway-only' },
      timeout: '1m',
      hold: '200ms',
      routes,
      ...options.connection,
    },
  )
  const config: GatewayConfig = {
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
  const witness = createWitness()
  const whole = await startWholeGateway({
    ...{ config, clock, random, around: witness.around },
    ...(options.recording !== undefined && { recording: options.recording }),
  })
  const { gateway, identity, registry } = whole
  const address = () => gateway.addresses().store!
  const ann = await whole.token('ann')
  const reviewer = await identity.authenticate(await whole.token('rev'))
  const bob = await whole.token('bob')

  close = async () => {
    await whole.close()
    backend.server.closeAllConnections()
    await new Promise((resolve) => backend.server.close(resolve))
  }
  return {
    ...whole,
    ...witness,
    ...{ address, backend, ann, bob, reviewer },
    /** Until so many requests wait for an approval. */
    async holding(count: number) {
      const gauge = () => registry.getSingleMetricAsString('tracewarden_http_held_requests')
      while (!(await gauge()).includes(`"store"} ${count}`)) await new Promise((r) => setTimeout(r, 5))
    },
    advance(ms: number) {
      ahead += ms
    },
    /** Quotas are by the minute of the clock: from here one has just begun. */
    newMinute() {
      ahead += 60_000 - (clock.now() % 60_000)
    },
    async get(
      path: string,
      init: { token?: string; headers?: Record<string, string>; method?: string; body?: string } = {},
    ) {
      const response = await request(`http://${address()}${path}`, {
        method: init.method ?? 'GET',
        headers: {
          ...(init.token === '' ? {} : { authorization: `Bearer ${init.token ?? ann}` }),
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
