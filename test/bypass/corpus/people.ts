import type { Answer, Ask, Attack, Step } from '../attack.ts'
import type { House, Player } from '../house.ts'

/** Who one is not, and what the console does not give. */
const read: Ask = { path: '/projects' }
const bearer = (token: string, ask: Ask = read): Ask => ({
  ...ask,
  as: 'nobody',
  headers: { authorization: `Bearer ${token}` },
})
const b64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const now = () => Math.floor(Date.now() / 1000)

const tokens: readonly (readonly [string, (house: House, me: Player) => Promise<string> | string])[] = [
  ['an id token', ({ provider }) => provider.token({ nonce: 'n', at_hash: 'h' }, { typ: 'JWT' })],
  ['an id token by its type', ({ provider }) => provider.token({ typ: 'ID' }, { typ: 'JWT' })],
  ['a refresh token', ({ provider }) => provider.token({ typ: 'Refresh' }, { typ: 'JWT' })],
  ['a logout token', ({ provider }) => provider.token({ events: {} }, { typ: 'logout+jwt' })],
  ['another audience', ({ provider }) => provider.token({ aud: 'grafana' })],
  ['no audience', ({ provider }) => provider.token({ aud: undefined })],
  ['another client', ({ provider }) => provider.token({ azp: 'evil-cli' })],
  ['no client', ({ provider }) => provider.token({ azp: undefined })],
  ['two clients that differ', ({ provider }) => provider.token({ azp: 'mlflow-cli', client_id: 'evil-cli' })],
  ['another issuer', ({ provider }) => provider.token({ iss: 'https://evil.example' })],
  ['an issuer with a slash', ({ provider }) => provider.token({ iss: `${provider.issuer}/` })],
  ['an old one', ({ provider }) => provider.token({ exp: now() - 600, iat: now() - 900 })],
  ['one from tomorrow', ({ provider }) => provider.token({ iat: now() + 86_400, exp: now() + 90_000 })],
  ['one that never ends', ({ provider }) => provider.token({ exp: undefined })],
  ['one without a subject', ({ provider }) => provider.token({ sub: undefined })],
  ['one bound to a key', ({ provider }) => provider.token({ cnf: { jkt: 'x' } })],
  ['a stranger’s key', ({ provider }) => provider.forged()],
  [
    'alg none',
    ({ provider }) =>
      `${b64({ alg: 'none', typ: 'at+jwt' })}.${b64({ iss: provider.issuer, sub: 'colleague', aud: 'tracewarden', azp: 'mlflow-cli', iat: now(), exp: now() + 600 })}.`,
  ],
  ['a signature taken off', async ({ provider }) => (await provider.token()).replace(/[^.]+$/, '')],
  [
    'claims exchanged',
    async ({ provider }) =>
      (await provider.token()).replace(
        /\.[^.]+\./,
        `.${b64({ iss: provider.issuer, sub: 'admin', aud: 'tracewarden', azp: 'mlflow-cli', iat: now(), exp: now() + 600 })}.`,
      ),
  ],
  [
    'a token of ours, altered',
    (_house, me) => `${me.token.slice(0, -1)}${me.token.endsWith('A') ? 'B' : 'A'}`,
  ],
  ['a token of ours, cut', (_house, me) => me.token.slice(0, 40)],
  [
    'a token of ours that was revoked',
    async (house, { user }) => {
      const { identity } = house.daemon.authority
      const { id, secret } = await identity.createToken({ user, ttl: 60_000, by: user })
      await identity.revokeToken(id, user)
      return secret
    },
  ],
  [
    'a token of ours whose record was altered',
    async (house, { user }) => {
      const { secret, id } = await house.daemon.authority.identity.createToken({
        user,
        ttl: 60_000,
        by: user,
      })
      const { documents } = house.daemon.base.store
      const stored = await documents.get<{ body: object }>('token', id)
      await documents.put(
        'token',
        id,
        { ...stored?.body, body: { ...stored?.body.body, user: 'admin' } },
        { expect: 'any', at: new Date().toISOString() },
      )
      house.daemon.authority.identity.reconfigure(house.daemon.base.config.identity)
      const answer = await house.ask(bearer(secret, { door: 'console', path: '/api/v1/tokens' }), {
        user,
        token: secret,
      })
      if (answer.status === 200 && answer.text.includes('"user":"admin"')) return secret
      return 'tw_none'
    },
  ],
]

const me = (path: string, body?: object, as: Ask['as'] = 'me'): Ask => ({
  door: 'console',
  as,
  path,
  ...(body && { body }),
})
const refused = (...asks: Ask[]): Step[] => asks.map((ask) => ({ ask, expect: 'refused' as const }))

const cookieOf = async (house: House, player: Player): Promise<string> => {
  const { cookie } = await house.daemon.authority.identity.signIn(player.token)
  return `tracewarden=${cookie}`
}
const crossSite = (name: string, headers: Record<string, string>, ask: Ask = read): Attack => ({
  rows: [43],
  name: `cross-site: ${name}`,
  steps: [
    {
      act: async (house, player) => [
        await house.ask(
          { ...ask, as: 'nobody', headers: { ...headers, cookie: await cookieOf(house, player) } },
          player,
        ),
      ],
    },
  ],
})

export const people: readonly Attack[] = [
  ...tokens.map(
    ([name, token]): Attack => ({
      rows: [40],
      name: `credential: ${name}`,
      steps: [
        { act: async (house, player) => [await house.ask(bearer(await token(house, player)), player)] },
      ],
    }),
  ),
  crossSite('an image', { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'image' }),
  crossSite('a sub-domain', { 'sec-fetch-site': 'same-site' }),
  crossSite('a form', { origin: 'https://evil.example' }, { method: 'POST', path: '/ingest', body: 'x' }),
  crossSite('a link without a word', {}),
  crossSite('origin null', { origin: 'null' }),
  crossSite('a referrer elsewhere', { referer: 'https://evil.example/', accept: 'text/html' }),
  crossSite(
    'a form on the console',
    {
      'sec-fetch-site': 'cross-site',
      origin: 'https://evil.example',
      'content-type': 'application/x-www-form-urlencoded',
    },
    { door: 'console', method: 'POST', path: '/users/colleague/suspend', body: 'reason=x' },
  ),
  crossSite(
    'the API by cookie',
    { 'content-type': 'application/json' },
    { door: 'console', method: 'POST', path: '/api/v1/users/colleague/suspend', body: '{"reason":"x"}' },
  ),
  {
    rows: [40],
    name: 'suspending, restoring, minting without the role',
    steps: refused(
      me('/api/v1/users/colleague/suspend', { reason: 'x' }),
      me('/api/v1/users/colleague/restore', { reason: 'x' }),
      me('/api/v1/tokens', { user: 'admin', ttl: 3600 }),
    ),
  },
  {
    rows: [36],
    name: 'events, sessions, alerts without the role',
    steps: refused(
      ...['events', 'sessions', 'alerts', 'suppressions', 'sessions/x', 'alerts/x'].map((path) =>
        me(`/api/v1/${path}`),
      ),
    ),
  },
  {
    rows: [36],
    name: 'events by nobody',
    steps: refused(
      ...['events', 'sessions', 'alerts', 'approvals', 'tokens', 'health'].map((path) =>
        me(`/api/v1/${path}`, undefined, 'nobody'),
      ),
    ),
  },
  {
    rows: [36],
    name: 'a recording without the role',
    steps: refused({ ...me('/sessions/x/replay', { reason: 'because' }), method: 'POST' }),
  },
  {
    rows: [40],
    name: 'lifting a suspension as auditor',
    steps: refused(me('/api/v1/users/colleague/restore', { reason: 'x' }, 'auditor')),
  },
  {
    rows: [30],
    name: 'a sign-in that sends elsewhere',
    steps: [
      {
        refused: false,
        act: async (house, player) => {
          const answers: Answer[] = []
          for (const next of [
            '//evil.example',
            'https://evil.example',
            '/\\evil.example',
            '/%09/evil.example',
            'javascript:alert(1)',
          ]) {
            const form = {
              as: 'nobody' as const,
              path: '/.tracewarden/login',
              headers: {
                'content-type': 'application/x-www-form-urlencoded',
                'sec-fetch-site': 'same-origin',
              },
              body: `token=${player.token}&next=${encodeURIComponent(next)}`,
            }
            const answer = await house.ask(form, player)
            const to = String(answer.headers.location ?? '')
            if (/^(\/[/\\]|[a-z]+:)/i.test(to)) throw new Error(`sent to ${to}`)
            answers.push(answer)
          }
          return answers
        },
      },
    ],
  },
  {
    rows: [44],
    name: 'reading on after a suspension',
    steps: [
      {
        act: async (house, player) => {
          await house.ask(read, player)
          await house.daemon.authority.identity.suspend(player.user, 'auditor', 'seen in the corpus')
          return [
            await house.ask(read, player),
            await house.ask(me('/api/v1/approvals'), player),
            await house.ask({ ...read, door: 'mirror' }, player),
          ]
        },
      },
    ],
  },
  {
    rows: [44],
    name: 'a stream that outlives a suspension',
    plant: (s) => ({
      headers: { 'content-type': 'text/event-stream' },
      chunks: Array.from(
        { length: 2000 },
        (_, i) => `data: {"n":${i},"text":"${i === 1999 ? s.aws : 'x'.repeat(4000)}"}\n\n`,
      ),
    }),
    steps: (s) => [
      {
        refused: false,
        act: async (house, player) => {
          const answer = house.ask({ path: `/traces/${s.id}` }, player)
          await house.daemon.authority.identity.suspend(player.user, 'auditor', 'seen in the corpus')
          const { text } = await answer
          if (text.includes('"n":1999')) throw new Error('it went on to its end')
          return []
        },
      },
    ],
  },
  {
    rows: [29, 43],
    name: 'a flood without credentials',
    steps: [
      {
        refused: false,
        act: async (house, player) => {
          const before = house.daemon.base.spool.backlog().sequence
          await Promise.all(
            Array.from({ length: 300 }, (_, i) => house.ask({ as: 'nobody', path: `/traces/${i}` }, player)),
          )
          const written = house.daemon.base.spool.backlog().sequence - before
          if (written > 60) throw new Error(`${written} events were written`)
          return []
        },
      },
    ],
  },
  {
    rows: [30, 36],
    name: 'markup in what people write',
    steps: [
      {
        refused: false,
        act: async (house, player) => {
          const [a, b] = house.traces.traces
          await house.ask(
            {
              path: `/traces?ids=${a!.trace_id},${b!.trace_id}`,
              headers: { 'user-agent': '<script>alert(1)</script>' },
            },
            player,
          )
          const page = await house.ask(
            {
              door: 'console',
              as: 'nobody',
              path: '/approvals',
              headers: {
                cookie: await cookieOf(house, await house.player('reviewer')),
                'sec-fetch-site': 'same-origin',
                accept: 'text/html',
              },
            },
            player,
          )
          if (page.status !== 200 || page.text.includes('<script>alert'))
            throw new Error(`the page is ${page.status}`)
          return [page]
        },
      },
    ],
  },
]
