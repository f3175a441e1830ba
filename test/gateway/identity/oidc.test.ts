import {
  decodeJwt,
  importJWK,
  type JWK,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
  UnsecuredJWT,
} from 'jose'
import t, { type Test } from 'tap'
import { createIdentity, type IdentityConfig, identityConfig } from '../../../gateway/port.ts'
import fc from '../../support/properties.ts'
import { codeOf, manualClock, replicaDeps, sharedDocuments } from '../harness.ts'
import { AUDIENCE, signingKey, startProvider } from './provider.ts'

type Overrides = Omit<Partial<IdentityConfig['oidc'][number]>, 'issuer'>

const store = sharedDocuments(t)
const K1 = signingKey('k1')

async function house(t: Test, options: { oidc?: Overrides; rest?: object } = {}) {
  const key = await K1
  const provider = await startProvider(t, [key])
  const clock = manualClock(Date.now())
  const { documents } = store()
  const config = identityConfig.parse({
    oidc: [{ name: 'corp', issuer: provider.issuer, audience: AUDIENCE }],
    ...options.rest,
  })
  Object.assign(config.oidc[0] ?? {}, options.oidc)
  const identity = createIdentity(config, replicaDeps(t.testdir(), documents, clock))
  t.teardown(() => identity.stop())
  await identity.start()
  /** A token as the provider would sign it, with whatever is wrong with it. */
  const forge = async (
    claims: JWTPayload = {},
    header: Partial<JWTHeaderParameters> = {},
    signer: JWK = key,
  ) => {
    const now = Math.floor(clock.now() / 1e3)
    return await new SignJWT({
      iss: provider.issuer,
      aud: AUDIENCE,
      sub: 'f3c1',
      iat: now,
      exp: now + 600,
      jti: String(Math.random()),
      ...claims,
    })
      .setProtectedHeader({ alg: 'RS256', kid: 'k1', typ: 'at+jwt', ...header })
      .sign(await importJWK(signer, header.alg ?? 'RS256'))
  }
  const attempt = async (token: string) => await codeOf(identity.authenticate(token))
  const keyFetches = () => provider.seen.filter((path) => path.startsWith('/jwks')).length
  return { provider, clock, identity, forge, attempt, keyFetches, key, config }
}

t.test('an access token of a real provider is its person', async (t) => {
  const { identity, provider, keyFetches } = await house(t)
  const token = await provider.token()
  const found = await identity.authenticate(token)
  t.match(found, {
    person: { id: `${provider.issuer}#mlflow-cli`, user: 'mlflow-cli', roles: [], kind: 'service' },
    credential: { kind: 'oidc', id: /^hmac:[0-9a-f]{32}$/ },
  })
  t.equal(identity.authenticateCached(token), found)
  await identity.authenticate(await provider.token())
  t.equal(keyFetches(), 1, 'the keys are asked for once')
})

t.test('keys rotate: a new one is fetched, a withdrawn one soon forgotten', async (t) => {
  const { provider, attempt, clock, identity, keyFetches } = await house(t)
  const old = await provider.token()
  t.equal(await attempt(old), undefined)
  provider.restart([await signingKey('k2')])
  clock.advance(31_000)
  t.equal(await attempt(await provider.token()), undefined)
  t.equal(keyFetches(), 2)
  clock.advance(8 * 60e3)
  await identity.refresh()
  clock.advance(2 * 60e3)
  await identity.refresh()
  t.equal(identity.authenticateCached(old), undefined)
  t.equal(await attempt(old), 'TW_AUTH_KEY_UNKNOWN')
})

t.test('unknown keys cannot make the gateway hammer the provider', async (t) => {
  const { forge, attempt, clock, keyFetches } = await house(t)
  const stranger = await signingKey('zz')
  for (let i = 0; i < 5; i++)
    t.equal(await attempt(await forge({}, { kid: `zz${i}` }, stranger)), 'TW_AUTH_KEY_UNKNOWN')
  t.equal(keyFetches(), 1)
  clock.advance(31_000)
  t.equal(await attempt(await forge({}, { kid: 'zz' }, stranger)), 'TW_AUTH_KEY_UNKNOWN')
  t.equal(keyFetches(), 2)
})

t.test('a provider that is down is borne while its keys are fresh enough', async (t) => {
  const { provider, forge, attempt, clock, identity } = await house(t)
  t.equal(await attempt(await forge()), undefined)
  provider.outage()
  clock.advance(3 * 3600e3)
  await identity.refresh()
  t.equal(await attempt(await forge()), undefined)
  clock.advance(2 * 3600e3)
  await identity.refresh()
  t.equal(await attempt(await forge()), 'TW_AUTH_PROVIDER_DOWN')
  provider.restart([await signingKey('k9')])
  clock.advance(6000)
  t.equal(await attempt(await forge()), 'TW_AUTH_KEY_UNKNOWN', 'up again, with other keys')
})

t.test('a provider that answers nonsense has no keys', async (t) => {
  const answers: Record<string, (issuer: string) => string> = {
    'not JSON': () => '<html>',
    'another issuer': () =>
      JSON.stringify({ issuer: 'http://evil.example', jwks_uri: 'http://evil.example/' }),
    'no JWKS': (issuer) => JSON.stringify({ issuer }),
    endless: () => ' '.repeat(2 * 1024 ** 2),
  }
  for (const [name, answer] of Object.entries(answers)) {
    const { provider, forge, attempt } = await house(t)
    provider.answer((_, response) => response.end(answer(provider.issuer)))
    t.equal(await attempt(await forge()), 'TW_AUTH_PROVIDER_DOWN', name)
  }
  const { provider, forge, attempt } = await house(t)
  provider.answer((_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end())
  t.equal(await attempt(await forge()), 'TW_AUTH_PROVIDER_DOWN', 'redirected')
})

t.test('what is wrong with a token is said, and nothing else of it', async (t) => {
  const { forge, attempt, clock, provider, key } = await house(t, {
    oidc: { clients: ['mlflow-cli'] },
    rest: { users: [{ id: 'ada', subject: 'https://elsewhere.example#1' }] },
  })
  const now = Math.floor(clock.now() / 1e3)
  const good = { azp: 'mlflow-cli' }
  const ec = await signingKey('k1', 'ES256')
  const other = await signingKey('k1')
  const { kid: _, ...anonymous } = key
  t.equal(await attempt(await forge(good)), undefined)
  t.equal(
    await attempt(await forge({ client_id: 'mlflow-cli' }, { kid: undefined }, anonymous)),
    undefined,
    'no kid',
  )
  t.equal(await attempt(await forge({ ...good, exp: now - 59 })), undefined, 'within the tolerance')
  t.equal(await attempt(await forge(good, { typ: 'JWT' })), undefined)
  const cases: [string, Promise<string> | string, string][] = [
    ['expired', forge({ ...good, exp: now - 61 }), 'TW_AUTH_EXPIRED'],
    ['nbf ahead', forge({ ...good, nbf: now + 61 }), 'TW_AUTH_NOT_YET'],
    ['iat ahead', forge({ ...good, iat: now + 61 }), 'TW_AUTH_NOT_YET'],
    ['no exp', forge({ ...good, exp: undefined }), 'TW_AUTH_CLAIMS'],
    ['no sub', forge({ ...good, sub: undefined }), 'TW_AUTH_CLAIMS'],
    ['sub with a line break', forge({ ...good, sub: 'a\nb' }), 'TW_AUTH_CLAIMS'],
    ['another audience', forge({ ...good, aud: ['other'] }), 'TW_AUTH_AUDIENCE'],
    ['no audience', forge({ ...good, aud: undefined }), 'TW_AUTH_AUDIENCE'],
    ['another issuer', forge({ ...good, iss: `${provider.issuer}/` }), 'TW_AUTH_ISSUER'],
    ['no issuer', forge({ ...good, iss: undefined }), 'TW_AUTH_ISSUER'],
    ['another client', forge({ azp: 'stranger' }), 'TW_AUTH_CLIENT'],
    ['one of two clients', forge({ azp: 'mlflow-cli', client_id: 'stranger' }), 'TW_AUTH_CLIENT'],
    ['no client', forge(), 'TW_AUTH_CLIENT'],
    ['a real token of another client', provider.token('stranger'), 'TW_AUTH_CLIENT'],
    ['ID token by nonce', forge({ ...good, nonce: 'n' }), 'TW_AUTH_NOT_ACCESS_TOKEN'],
    ['ID token by at_hash', forge({ ...good, at_hash: 'h' }), 'TW_AUTH_NOT_ACCESS_TOKEN'],
    ['ID token by typ claim', forge({ ...good, typ: 'ID' }), 'TW_AUTH_NOT_ACCESS_TOKEN'],
    ['refresh token', forge({ ...good, typ: 'Refresh' }), 'TW_AUTH_NOT_ACCESS_TOKEN'],
    ['logout token', forge({ ...good, events: {} }, { typ: 'logout+jwt' }), 'TW_AUTH_NOT_ACCESS_TOKEN'],
    ['bound to a key', forge({ ...good, cnf: { jkt: 'x' } }), 'TW_AUTH_BOUND'],
    ['another key of that name', forge(good, {}, other), 'TW_AUTH_SIGNATURE'],
    [
      'another algorithm',
      forge(good, { alg: 'ES384' }, await signingKey('k1', 'ES384')),
      'TW_AUTH_ALGORITHM',
    ],
    ['another kind of key', forge(good, { alg: 'ES256' }, ec), 'TW_AUTH_KEY_UNKNOWN'],
    [
      'unsigned',
      new UnsecuredJWT({ iss: provider.issuer, aud: AUDIENCE, sub: 'f3c1' }).encode(),
      'TW_AUTH_ALGORITHM',
    ],
    ['signed with the public key', hmacWithPublicKey(key, provider.issuer), 'TW_AUTH_ALGORITHM'],
    ['not a token', 'gibberish', 'TW_AUTH_MALFORMED'],
    ['five parts', 'e30.e30.e30.e30.e30', 'TW_AUTH_MALFORMED'],
    ['deep payload', `e30.${Buffer.from('['.repeat(9000)).toString('base64url')}.x`, 'TW_AUTH_MALFORMED'],
    ['claims a configured name', forge({ ...good, sub: 'ada' }), 'TW_AUTH_USER_TAKEN'],
  ]
  for (const [name, token, code] of cases) t.equal(await attempt(await token), code, name)
  const altered = (await forge(good)).replace(/\.[^.]+\./, (part) => `${part.slice(0, -4)}AAA.`)
  t.match(await attempt(altered), /^TW_AUTH_(SIGNATURE|MALFORMED)$/, 'altered claims')
})

async function hmacWithPublicKey({ n }: JWK, issuer: string) {
  return await new SignJWT({ iss: issuer, aud: AUDIENCE, sub: 'f3c1' })
    .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
    .setExpirationTime('1h')
    .sign(Buffer.from(n ?? ''))
}

t.test('errors never hold the token or its claims', async (t) => {
  const { forge, identity } = await house(t)
  const token = await forge({ exp: 1, sub: 'who-i-am', email: 'who@example.com' })
  const error = await identity.authenticate(token).then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!(error instanceof Error)) throw new Error('was let in')
  const shown = JSON.stringify({ ...error, message: error.message, stack: error.stack, cause: error.cause })
  for (const secret of [token, token.split('.')[1] ?? '', 'who-i-am', 'who@example.com'])
    t.notOk(shown.includes(secret))
})

t.test('roles come from config, by group or by subject, never from the token', async (t) => {
  const { forge, identity, provider } = await house(t, {
    rest: { roles: { 'ml-platform': ['ml-engineer', 'reader'], admins: ['admin'] } },
  })
  const plain = await identity.authenticate(
    await forge({
      sub: 'x1',
      roles: ['admin'],
      groups: ['ml-platform', 'constructor', '__proto__', 7],
      kind: 'x',
    }),
  )
  t.same(plain.person.roles, ['ml-engineer', 'reader'])
  const subject = `${provider.issuer}#x1`
  identity.reconfigure({
    ...identityConfig.parse({
      oidc: [{ name: 'corp', issuer: provider.issuer, audience: AUDIENCE }],
      users: [{ id: 'u00042', subject, roles: ['auditor'], team: 'search', timezone: 'Asia/Tokyo' }],
    }),
  })
  const token = await forge({ sub: 'x1', name: 'X', zoneinfo: 'Europe/Paris', act: { sub: 'agent-7' } })
  const known = await identity.authenticate(token)
  t.match(known, {
    person: { id: subject, user: 'u00042', name: 'X', team: 'search', timezone: 'Asia/Tokyo', kind: 'human' },
    actor: 'agent-7',
  })
  t.same(known.person.roles, ['auditor'])
  const { cookie } = await identity.signIn(token)
  t.match(await identity.fromCookie(cookie), { person: { user: 'u00042' }, actor: 'agent-7' })
})

t.test('time zones of a provider are taken if they are one', async (t) => {
  const { forge, identity } = await house(t)
  for (const [zoneinfo, expected] of [
    ['Europe/Berlin', 'Europe/Berlin'],
    ['Mars/Olympus', undefined],
    ['+01:00', undefined],
    ['../../etc/passwd', undefined],
    [7, undefined],
  ])
    t.equal(
      (await identity.authenticate(await forge({ zoneinfo }))).person.timezone,
      expected,
      String(zoneinfo),
    )
})

t.test('with two providers, equal names are two users', async (t) => {
  const { forge, identity, provider } = await house(t)
  const second = await startProvider(t, [await signingKey('k1')])
  identity.reconfigure(
    identityConfig.parse({
      oidc: [
        { name: 'corp', issuer: provider.issuer, audience: AUDIENCE },
        { name: 'partner', issuer: second.issuer, audience: AUDIENCE },
      ],
    }),
  )
  const one = await identity.authenticate(await forge({ sub: 'mlflow-cli' }))
  const two = await identity.authenticate(await second.token())
  t.equal(one.person.user, 'corp:mlflow-cli')
  t.equal(two.person.user, 'partner:mlflow-cli')
})

t.test('a sign-in is as fresh as the provider says', async (t) => {
  const { forge, identity, clock } = await house(t)
  const now = Math.floor(clock.now() / 1e3)
  const found = await identity.authenticate(await forge({ auth_time: now - 3600 }))
  t.equal(found.credential.authenticated, (now - 3600) * 1e3)
  const token = await forge({ iat: now - 30 })
  t.equal(decodeJwt(token).auth_time, undefined)
  t.equal((await identity.signIn(token)).identity.credential.authenticated, (now - 30) * 1e3)
})

t.test('nothing but what was signed gets in, and every refusal has a code', async (t) => {
  const { forge, identity, attempt } = await house(t)
  const good = await forge()
  const [head = '', claims = '', signature = ''] = good.split('.')
  const bytes = (part: string) => Buffer.from(part, 'base64url').toString('base64')
  const mutated = fc.asyncProperty(fc.nat(good.length - 1), fc.nat(63), async (at, to) => {
    const text = good.slice(0, at) + ALPHABET[to] + good.slice(at + 1)
    const [h = '', c = '', s = ''] = text.split('.')
    // base64url has spare bits in a last character: the same bytes are the same signature.
    const same = h === head && c === claims && bytes(s) === bytes(signature)
    const code = await attempt(text)
    return same ? code === undefined || /^TW_AUTH_/.test(code) : /^TW_AUTH_/.test(code ?? '')
  })
  await fc.assert(mutated, { numRuns: 60 })
  const anything = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.stringMatching(/^[A-Za-z0-9_-]{0,40}(\.[A-Za-z0-9_-]{0,40}){0,5}$/),
    fc
      .tuple(fc.json(), fc.json())
      .map((parts) => `${parts.map((part) => Buffer.from(part).toString('base64url')).join('.')}.AA`),
    fc.string().map((text) => `tw_${text}`),
  )
  const arbitrary = fc.asyncProperty(anything, async (text) => {
    const cookie = await codeOf(identity.fromCookie(text))
    return cookie === 'TW_AUTH_COOKIE' && /^TW_AUTH_/.test((await attempt(text)) ?? '')
  })
  await t.resolves(fc.assert(arbitrary))
})

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
