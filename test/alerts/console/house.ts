import { join } from 'node:path'
import { Registry } from 'prom-client'
import type { Test } from 'tap'
import { alertsConfig, createAlerts, mountConsole } from '../../../alerts/port.ts'
import { type Documents, openDirectoryBlobs, openStore, type Store } from '../../../collector/port.ts'
import { type Clock, systemClock } from '../../../core/clock.ts'
import { CodedError } from '../../../core/errors.ts'
import type { EventDraft } from '../../../core/event.ts'
import { createLogger } from '../../../core/log.ts'
import { openMasterKey } from '../../../core/secrets.ts'
import { openKeyRing } from '../../../core/signing.ts'
import { createHttp } from '../../../daemon/http.ts'
import { detectorCatalog } from '../../../detectors/port.ts'
import {
  type ApprovalRequest,
  createApprovals,
  createIdentity,
  createRecorder,
  deviceProviders,
  type Identity,
  openForReview,
  reviewerGroups,
} from '../../../gateway/port.ts'
import { configOf } from '../../gateway/policy/given.ts'
import { testRandom } from '../../support/random.ts'

const USERS = [
  { id: 'ada', name: 'Ada Engineer', roles: ['ml-engineer'], team: 'search', timezone: 'Europe/Berlin' },
  { id: 'ben', roles: ['ml-engineer', 'on-call'] },
  { id: 'rita', roles: ['trace-owner'] },
  { id: 'rolf', roles: ['trace-owner'] },
  { id: 'vera', roles: ['vault-owner'] },
  { id: 'sue', name: 'Sue Analyst', roles: ['soc'] },
  { id: 'root', roles: ['admin'] },
] as const
export type User = (typeof USERS)[number]['id']

const GROUPS = [
  { name: 'owners', members: [], roles: ['trace-owner'] },
  { name: 'vault', members: [], roles: ['vault-owner'], collections: ['mlflow/vault'] },
]
const HOUR = 3_600_000
const random = testRandom('console')

/** A store that can be taken away: what it then says is what a client of it would see. */
function switchable(store: Store) {
  const control: { trouble: Error | undefined } = { trouble: undefined }
  const up = () => {
    if (control.trouble) throw control.trouble
  }
  const documents: Documents = {
    async get<T>(...args: Parameters<Documents['get']>) {
      up()
      return store.documents.get<T>(...args)
    },
    async put(...args) {
      up()
      return store.documents.put(...args)
    },
    async list<T>(...args: Parameters<Documents['list']>) {
      up()
      return store.documents.list<T>(...args)
    },
    async remove(...args) {
      up()
      return store.documents.remove(...args)
    },
  }
  const guarded: Store = {
    init: () => store.init(),
    append: (events) => store.append(events),
    read: (...args) => store.read(...args),
    async search(query) {
      up()
      return store.search(query)
    },
    async aggregate(query) {
      up()
      return store.aggregate(query)
    },
    retain: (before) => store.retain(before),
    erase: (user) => store.erase(user),
    ping: async () => up(),
    close: () => store.close(),
    documents,
  }
  return { store: guarded, control }
}

export const storeDown = () =>
  new CodedError('TW_STORE_UNAVAILABLE', {
    status: 503,
    message: 'The store does not answer.',
    hint: 'Later.',
  })

/** The console of a small company, over HTTP, on real parts; the clock can be moved ahead. */
export async function openHouse(t: Test, options: { secure?: boolean; identity?: object } = {}) {
  const directory = t.testdir()
  let ahead = 0
  const clock: Clock = {
    now: () => Date.now() + ahead,
    monotonic: () => systemClock.monotonic() + ahead,
  }
  const log = createLogger('silent')
  const events: EventDraft[] = []
  const emit = async (draft: EventDraft) => void events.push(draft)
  const { store, control } = switchable(
    await openStore({ kind: 'embedded', file: ':memory:' }, { dataDir: directory, log, clock }),
  )
  t.teardown(() => store.close())
  const { documents } = store
  const keyRing = openKeyRing(join(directory, 'keys'), 'gateway-1')
  const master = openMasterKey(join(directory, 'keys'), random)
  const config = configOf({
    identity: { users: USERS, ...options.identity },
    approvals: { groups: GROUPS, default_groups: ['owners'], break_glass: { roles: ['on-call'] } },
  })
  const common = { documents, keyRing, clock, log, random, master, emit }
  const identity = createIdentity(config.identity, common)
  await identity.start()
  t.teardown(() => identity.stop())
  const person = (user: string) => identity.person(user)
  const approvals = createApprovals({ ...common, config: () => config, person })
  const { auditors, admins } = config.policy
  const alerts = createAlerts({
    ...common,
    roles: () => [...auditors, ...admins],
    person,
    config: () => alertsConfig.parse({}),
  })
  const recorder = createRecorder(
    { max_session: 1024 ** 3, retention: 1e12 },
    {
      ...common,
      directory: join(directory, 'parts'),
      blobs: openDirectoryBlobs(join(directory, 'blobs')),
      gateway: 'gateway-1',
    },
  )
  t.teardown(() => recorder.close())

  const health = async () => ({ ready: true, parts: [{ name: 'store', ok: true, detail: 'answering' }] })
  const app = createHttp({ health, metrics: new Registry(), log, mayKnow: async () => false })
  const routes: { method: string; url: string }[] = []
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) routes.push({ method: one, url })
  })
  await mountConsole(
    app,
    {
      identity,
      approvals,
      alerts,
      store,
      master,
      clock,
      log,
      health,
      review: (input) =>
        openForReview(input, {
          recorder,
          clock,
          emit,
          auditors,
          refusal: (user) => identity.refusal(user),
          remask: () => ({ push: (chunk) => chunk, end: () => new Uint8Array() }),
        }),
      recording: (session) => recorder.summary(session),
      access: () => ({ auditors, admins, breakGlass: ['on-call'], policy: 'sha256:0', version: 1 }),
      groupsOf: (who) => reviewerGroups(config.approvals, who.person),
      detectors: () => detectorCatalog(),
      deviceProviders: () => deviceProviders(config.identity),
      spool: {
        append: async (drafts) => {
          events.push(...drafts)
          return []
        },
      },
      failures: () => 30,
      secure: options.secure ?? false,
    },
    '0.0.0-test',
  )
  const base = await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => {
    // Answers that a test did not read to their end would hold the server open.
    app.server.closeAllConnections()
    return app.close()
  })

  const tokens = new Map<User, Promise<string>>()
  const token = (user: User, ttl = 8 * HOUR) =>
    identity.createToken({ user, ttl, by: 'test' }).then(({ secret }) => secret)
  const tokenOf = (user: User) => {
    const known = tokens.get(user) ?? token(user)
    tokens.set(user, known)
    return known
  }
  const cookies = new Map<User, Promise<string>>()
  const cookieOf = (user: User) => {
    const known =
      cookies.get(user) ?? tokenOf(user).then(async (secret) => (await identity.signIn(secret)).cookie)
    cookies.set(user, known)
    return known
  }
  const send = (path: string, init: RequestInit = {}) => fetch(base + path, { redirect: 'manual', ...init })

  return {
    base,
    store,
    control,
    documents,
    identity,
    approvals,
    alerts,
    recorder,
    events,
    routes,
    clock,
    async skip(ms: number) {
      ahead += ms
      await identity.refresh()
    },
    token,
    tokenOf,
    cookieOf,
    send,
    actions: () => events.map(({ event }) => event.action),
    /** A page as this user's browser gets it. */
    async page(path: string, user?: User, headers: Record<string, string> = {}) {
      const cookie = user && `tracewarden=${await cookieOf(user)}`
      return send(path, { headers: { ...(cookie && { cookie }), ...headers } })
    },
    /** A form as the page's own: what it sends along is taken from the page unless said otherwise. */
    async form(
      path: string,
      user: User,
      fields: Record<string, string> = {},
      more: { csrf?: string; headers?: Record<string, string> } = {},
    ) {
      const cookie = `tracewarden=${await cookieOf(user)}`
      const csrf = more.csrf ?? csrfIn(await (await send('/health', { headers: { cookie } })).text())
      return send(path, {
        method: 'POST',
        headers: { cookie, 'sec-fetch-site': 'same-origin', ...more.headers },
        body: new URLSearchParams({ csrf, ...fields }),
      })
    },
    async api(path: string, user?: User, body?: unknown) {
      return send(`/api/v1${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          ...(user && { authorization: `Bearer ${await tokenOf(user)}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
    },
    async ask(user: User, more: Partial<ApprovalRequest> = {}) {
      const { approval } = await approvals.request({
        identity: await identity.authenticate(await tokenOf(user)),
        session: 's1',
        connection: 'mlflow',
        collection: '1',
        route: 'mlflow.batch-get',
        shape: 'GET /api/3.0/mlflow/traces/batchGet trace_ids',
        logical: 'hmac:0123456789abcdef0123456789abcdef',
        traces: { count: 2, ids: ['t1', 't2'] },
        fields: [],
        rules: ['approve-multiple'],
        reason: 'Needs approval: the content of 2 traces would be shown at once.',
        reviewers: [],
        ...more,
      })
      return approval
    },
    /** A recording of one exchange by ada. */
    async record(session: string, text: string) {
      const ada = identity.person('ada')
      if (!ada) throw new Error('ada is gone')
      const live = await recorder.open(session, ada, clock.now())
      const at = clock.now()
      await live.append([
        { at, request: 'r1', kind: 'request', meta: { method: 'GET', path: '/traces?q=<b>' } },
        { at, request: 'r1', kind: 'response', meta: { status: 200, type: 'text/plain' } },
        { at, request: 'r1', kind: 'body', data: Buffer.from(text) },
        { at, request: 'r1', kind: 'end' },
      ])
      await live.seal()
    },
  }
}

export type House = Awaited<ReturnType<typeof openHouse>>
export type { Identity }

/** What the API answered, as far as a test looks into it. */
export interface Answer {
  code?: string
  approvals?: { id: string }[]
  tokens?: { user: string }[]
  alerts?: { id: string }[]
  next?: string
}
export const json = async (answer: Promise<Response> | Response) => (await (await answer).json()) as Answer

export const csrfIn = (page: string): string => /name="csrf" value="([\w-]+)"/.exec(page)?.[1] ?? ''
