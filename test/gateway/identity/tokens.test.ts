import t, { type Test } from 'tap'
import { People } from '../../../gateway/identity/people.ts'
import { createIdentity, identityConfig } from '../../../gateway/port.ts'
import { codeOf, manualClock, replicaDeps, sharedDocuments } from '../harness.ts'

const config = identityConfig.parse({
  users: [
    {
      id: 'ada',
      roles: ['ml-engineer'],
      team: 'search',
      timezone: 'Europe/Berlin',
      email: 'ada@example.com',
    },
    { id: 'ben', roles: ['admin'], timezone: 'Not/AZone' },
  ],
})
const HOUR = 3600e3

const store = sharedDocuments(t)

async function replica(t: Test) {
  const clock = manualClock()
  const { documents, control } = store()
  const deps = replicaDeps(t.testdir(), documents, clock)
  const identity = createIdentity(config, deps)
  t.teardown(() => identity.stop())
  await identity.start()
  /** Another gateway on the same store and keys. */
  const other = async () => {
    const second = createIdentity(config, deps)
    t.teardown(() => second.stop())
    await second.start()
    return second
  }
  return { clock, documents, control, deps, identity, other }
}

t.test('a token is its user, in every detail that config knows', async (t) => {
  const { identity, deps } = await replica(t)
  const { id, secret } = await identity.createToken({ user: 'ada', ttl: HOUR, by: 'ada', label: 'notebook' })
  const found = await identity.authenticate(secret)
  t.match(found.person, { id: 'tracewarden#ada', user: 'ada', team: 'search', timezone: 'Europe/Berlin' })
  t.match(found.credential, { id, kind: 'token' })
  t.equal(identity.authenticateCached(secret), found, 'the second time without a promise')
  t.equal(identity.person('ben')?.timezone, undefined, 'an invented time zone is none')
  t.match(await identity.tokens('ada'), [{ id, user: 'ada', label: 'notebook', by: 'ada' }])
  t.same(await identity.tokens('ben'), [])
  t.notMatch(
    JSON.stringify(await deps.documents.get('token', id)),
    secret.slice(-43),
    'the store has only a hash',
  )
})

t.test('minting for a colleague names both', async (t) => {
  const { identity, deps } = await replica(t)
  const { id } = await identity.createToken({ user: 'ada', ttl: HOUR, by: 'ben' })
  t.match(deps.events, [
    {
      event: { action: 'token-create', outcome: 'success', reason: /made for ada by ben/ },
      user: { id: 'ben' },
      tracewarden: { target: { user: 'ada', credential: id } },
    },
  ])
})

t.test('no event, no token', async (t) => {
  const { deps, documents } = await replica(t)
  const emit = async () => {
    throw new Error('spool full')
  }
  const identity = createIdentity(config, { ...deps, emit })
  t.equal(await codeOf(identity.createToken({ user: 'ada', ttl: HOUR, by: 'ada' })), 'Error: spool full')
  t.same((await documents.list('token', { limit: 10 })).documents, [])
})

t.test('tokens end: by time, and at most after max_ttl', async (t) => {
  const { identity, clock } = await replica(t)
  const { secret } = await identity.createToken({ user: 'ada', ttl: HOUR, by: 'ada' })
  await identity.authenticate(secret)
  clock.advance(HOUR)
  await identity.refresh()
  t.equal(identity.authenticateCached(secret), undefined)
  t.equal(await codeOf(identity.authenticate(secret)), 'TW_AUTH_EXPIRED')
  for (const ttl of [0, -1, Number.NaN, config.tokens.max_ttl + 1])
    t.equal(await codeOf(identity.createToken({ user: 'ada', ttl, by: 'ada' })), 'TW_AUTH_TTL')
  t.equal(await codeOf(identity.createToken({ user: 'eve', ttl: HOUR, by: 'ben' })), 'TW_AUTH_USER_UNKNOWN')
})

t.test('a revocation holds here at once and within ten seconds on every replica', async (t) => {
  const { identity, other, clock, deps } = await replica(t)
  const second = await other()
  const { id, secret } = await identity.createToken({ user: 'ada', ttl: HOUR, by: 'ada' })
  await identity.authenticate(secret)
  await second.authenticate(secret)
  await identity.revokeToken(id, 'ben')
  t.equal(await codeOf(identity.authenticate(secret)), 'TW_AUTH_REVOKED')
  t.match(deps.events.at(-1), { event: { action: 'token-revoke' }, user: { id: 'ben' } })
  clock.advance(10_000)
  t.equal(second.authenticateCached(secret), undefined)
  t.equal(await codeOf(second.authenticate(secret)), 'TW_AUTH_REVOKED')
  t.equal(await codeOf(identity.revokeToken('tok_none', 'ben')), 'TW_AUTH_TOKEN_UNKNOWN')
})

t.test('whoever can write to the store cannot make, alter or bring back a token', async (t) => {
  const { identity, documents, clock } = await replica(t)
  const { id, secret } = await identity.createToken({ user: 'ada', ttl: HOUR, by: 'ada' })
  const before = await documents.get<{ body: { user: string } }>('token', id)
  if (!before) throw new Error('no document')
  const put = (body: unknown) => documents.put('token', id, body, { expect: 'any', at: before.at })
  await put({ ...before.body, body: { ...before.body.body, user: 'ben' } })
  clock.advance(10_000)
  t.equal(await codeOf(identity.authenticate(secret)), 'TW_AUTH_TOKEN_ALTERED')
  await put(before.body)
  t.equal(await codeOf(identity.authenticate(secret)), undefined, 'as it was')
  await identity.revokeToken(id, 'ben')
  await put(before.body)
  clock.advance(10_000)
  t.equal(await codeOf(identity.authenticate(secret)), 'TW_AUTH_REVOKED', 'the old document is no way back')
})

t.test('made-up tokens are refused without a word to the store', async (t) => {
  const { identity, control } = await replica(t)
  const { secret } = await identity.createToken({ user: 'ada', ttl: HOUR, by: 'ada' })
  const calls = control.calls
  const forged = secret.replace(/.(?=.{20}$)/, (c) => (c === 'A' ? 'B' : 'A'))
  t.equal(await codeOf(identity.authenticate(forged)), 'TW_AUTH_TOKEN_UNKNOWN')
  for (const text of ['tw_', 'tw_x_y', `${secret}x`, 'tw_'.repeat(5000)])
    t.equal(await codeOf(identity.authenticate(text)), 'TW_AUTH_MALFORMED', text.slice(0, 10))
  t.equal(await codeOf(identity.authenticate('x'.repeat(16 * 1024 + 1))), 'TW_AUTH_TOO_LARGE')
  t.equal(control.calls, calls)
})

t.test('an outage of the store is borne for a minute, and no longer', async (t) => {
  const { identity, clock, control } = await replica(t)
  const known = await identity.createToken({ user: 'ada', ttl: HOUR, by: 'ada' })
  const unknown = await identity.createToken({ user: 'ben', ttl: HOUR, by: 'ben' })
  await identity.authenticate(known.secret)
  clock.advance(20_000)
  await identity.refresh()
  await identity.authenticate(known.secret)
  control.down = true
  clock.advance(59_000)
  t.equal(await codeOf(identity.authenticate(known.secret)), undefined)
  clock.advance(2000)
  t.equal(await codeOf(identity.authenticate(known.secret)), 'TW_AUTH_STALE')
  control.down = false
  clock.advance(2000)
  await identity.refresh()
  t.equal(await codeOf(identity.authenticate(known.secret)), undefined)
  t.equal(await codeOf(identity.authenticate(unknown.secret)), undefined)
})

t.test('a cookie is bound to person, credential and expiry, and ends with each', async (t) => {
  const { identity, clock, other } = await replica(t)
  const token = await identity.createToken({ user: 'ada', ttl: HOUR, by: 'ada' })
  const { cookie, expires } = await identity.signIn(token.secret)
  t.equal(expires, token.expires, 'no longer than the token it was made from')
  const found = await identity.fromCookie(cookie)
  t.match(found, { person: { user: 'ada' }, credential: { id: token.id, kind: 'cookie', expires } })
  t.equal(identity.fromCookieCached(cookie), found)
  t.notMatch(
    Buffer.from(cookie.slice(3), 'base64url').toString('latin1'),
    /tracewarden#ada|tok_[0-9A-Z]{26}/,
    'opaque',
  )
  for (let i = 3; i < cookie.length; i += 7) {
    const altered = cookie.slice(0, i) + (cookie[i] === 'A' ? 'B' : 'A') + cookie.slice(i + 1)
    t.equal(await codeOf(identity.fromCookie(altered)), 'TW_AUTH_COOKIE')
  }
  for (const text of ['', 'c1.', 'c1.AAAA', 'x'.repeat(5000), token.secret])
    t.equal(await codeOf(identity.fromCookie(text)), 'TW_AUTH_COOKIE')
  const second = await other()
  t.match(await second.fromCookie(cookie), { person: { user: 'ada' } }, 'good on every replica')
  t.strictSame(await identity.web.signOut(cookie, 'http://x/'), {}, 'no provider to sign out at')
  t.equal(await codeOf(identity.fromCookie(cookie)), 'TW_AUTH_REVOKED')
  clock.advance(10_000)
  t.equal(await codeOf(second.fromCookie(cookie)), 'TW_AUTH_REVOKED')
  const again = await identity.signIn(token.secret)
  await identity.revokeToken(token.id, 'ben')
  t.equal(await codeOf(identity.fromCookie(again.cookie)), 'TW_AUTH_REVOKED', 'with its token')
})

t.test('a suspension is synchronous here, seen elsewhere, and lifted only by a signed order', async (t) => {
  const { identity, other, documents, deps } = await replica(t)
  const second = await other()
  const { secret } = await identity.createToken({ user: 'ada', ttl: HOUR, by: 'ada' })
  const { cookie } = await identity.signIn(secret)
  await second.authenticate(secret)
  const suspending = identity.suspend('ada', 'ben', 'case 7')
  await suspending
  t.ok(identity.suspended('ada'))
  t.equal(identity.refusal('ada')?.code, 'TW_AUTH_SUSPENDED')
  t.notOk(identity.suspended('ben'))
  await second.refresh()
  t.equal(second.authenticateCached(secret), undefined)
  t.equal(await codeOf(second.authenticate(secret)), 'TW_AUTH_SUSPENDED')
  t.equal(await codeOf(second.fromCookie(cookie)), 'TW_AUTH_SUSPENDED')
  const [stored] = (await documents.list<{ body: object }>('suspension', { limit: 1 })).documents
  if (!stored) throw new Error('no document')
  const old = stored.body
  await documents.put(
    'suspension',
    stored.id,
    { ...old, body: { ...old.body, suspended: false, revision: 9 } },
    { expect: 'any', at: stored.at },
  )
  await second.refresh()
  t.ok(second.suspended('ada'), 'an unsigned order is none')
  await documents.remove('suspension', stored.id, 'any')
  await second.refresh()
  t.ok(second.suspended('ada'), 'a missing document restores nobody')
  await identity.restore('ada', 'ben', 'case 7 closed')
  await second.refresh()
  t.notOk(second.suspended('ada'))
  await documents.put('suspension', stored.id, old, { expect: 'any', at: stored.at })
  await second.refresh()
  t.notOk(second.suspended('ada'), 'an older order is none either')
  t.match(deps.events.slice(-2), [
    { event: { action: 'user-suspend', reason: 'case 7' }, tracewarden: { target: { user: 'ada' } } },
    { event: { action: 'user-restore' }, user: { id: 'ben' } },
  ])
  t.equal(await codeOf(identity.suspend('ada', 'ben', ' ')), 'TW_AUTH_INPUT')
})

t.test('when nobody can tell who is suspended, everybody is, and is told so', async (t) => {
  const { identity, clock, control, deps } = await replica(t)
  t.notOk(identity.suspended('ada'))
  control.down = true
  clock.advance(60_001)
  await identity.refresh()
  t.equal(identity.refusal('ada')?.code, 'TW_AUTH_STALE')
  const fresh = createIdentity(config, deps)
  t.teardown(() => fresh.stop())
  await fresh.start()
  t.ok(fresh.suspended('ada'), 'nor at the start')
  control.down = false
  await fresh.refresh()
  t.notOk(fresh.suspended('ada'))
})

t.test('a new config holds for tokens and cookies made before', async (t) => {
  const { identity } = await replica(t)
  const { secret } = await identity.createToken({ user: 'ada', ttl: HOUR, by: 'ada' })
  const { cookie } = await identity.signIn(secret)
  identity.reconfigure(identityConfig.parse({ users: [{ id: 'ada', roles: ['reader'] }] }))
  t.same((await identity.authenticate(secret)).person.roles, ['reader'])
  t.same((await identity.fromCookie(cookie)).person.roles, ['reader'])
  identity.reconfigure(identityConfig.parse({}))
  t.equal(await codeOf(identity.authenticate(secret)), 'TW_AUTH_USER_UNKNOWN')
  t.equal(await codeOf(identity.fromCookie(cookie)), 'TW_AUTH_USER_UNKNOWN')
})

t.test('one person through every door: several subjects, a certificate and a token are one', async (t) => {
  const people = new People(
    identityConfig.parse({
      users: [
        {
          id: 'ada',
          subject: ['https://a.example#1', 'saml:https://a.example#ada'],
          certificates: ['dns:ada.example'],
        },
      ],
    }),
  )
  const claimed = (subject: string) =>
    people.claimed({ provider: 'p', subject, user: 'other', groups: [], kind: 'human' })
  for (const person of [
    claimed('https://a.example#1'),
    claimed('saml:https://a.example#ada'),
    people.certified(['dns:x', 'dns:ada.example']),
    people.user('ada'),
  ])
    t.match(person, { id: 'https://a.example#1', user: 'ada' })
  t.equal(claimed('https://a.example#2').id, 'https://a.example#2')
})
