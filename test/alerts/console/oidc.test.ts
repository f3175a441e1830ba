import { SignJWT } from 'jose'
import t from 'tap'
import { SECRET, startOpenId } from '../../support/openid.ts'
import { Surfer, type Visited } from '../../support/surfer.ts'
import { csrfIn, openHouse } from './house.ts'

const openid = await startOpenId(t, {
  odette: { groups: ['platform', 'soc-team'], email: 'odette@example.com', zoneinfo: 'Europe/Berlin' },
  mallory: {},
})
const house = await openHouse(t, {
  identity: {
    oidc: [
      {
        name: 'corp',
        title: 'Corp <ID>',
        issuer: openid.issuer,
        audience: 'urn:tracewarden',
        sign_in: { client: 'web', secret: SECRET, scopes: ['openid'] },
      },
    ],
    roles: { 'soc-team': ['soc'] },
  },
})
const { base } = house
openid.serve({
  callbacks: [`${base}/sign-in/oidc/corp/callback`],
  afterLogout: [`${base}/sign-in`],
})
const BEGIN = `${base}/sign-in/with/corp`

/** The provider's own pages: who, then yes. Stops before the way back is taken. */
async function atProvider(surfer: Surfer, login: string, query = ''): Promise<Visited> {
  let page = await surfer.follow(`${BEGIN}?next=%2Fsessions${query}`, { site: 'same-origin' }, /\/callback\?/)
  for (let step = 0; step < 3 && !/\/callback\?/.test(page.url); step++)
    page = await surfer.submit(page, { login, password: 'x' }, /\/callback\?/)
  return page
}

const back = (surfer: Surfer, { url }: Visited) => surfer.follow(url, { site: 'cross-site' })

async function signedIn(login: string, query = '') {
  const surfer = new Surfer()
  const page = await back(surfer, await atProvider(surfer, login, query))
  return { surfer, page }
}

t.test('the sign-in page has a button for each provider, escaped', async (t) => {
  const page = await (await house.send('/sign-in?next=%2Fsessions&fresh=1')).text()
  t.match(page, 'href="/sign-in/with/corp?next=%2Fsessions&amp;fresh=1"')
  t.match(page, 'Sign in with Corp &lt;ID&gt;')
  t.match(page, /needs a fresh sign-in/)
})

t.test(
  'signing in with a provider: PKCE, state and nonce; the person, their groups’ roles, a strict cookie',
  async (t) => {
    const begun = await house.send('/sign-in/with/corp?next=%2Fsessions')
    const asked = new URL(begun.headers.get('location') ?? '').searchParams
    t.match(Object.fromEntries(asked), {
      response_type: 'code',
      client_id: 'web',
      redirect_uri: `${base}/sign-in/oidc/corp/callback`,
      code_challenge_method: 'S256',
      code_challenge: /^[\w-]{43}$/,
      state: /^[\w-]{43}$/,
      nonce: /^[\w-]{43}$/,
    })
    t.match(
      begun.headers.get('set-cookie'),
      /^tracewarden-sign-in=p1\.\S+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=(59\d|600)$/,
    )
    const { surfer, page } = await signedIn('odette')
    t.equal(page.answer.status, 200)
    t.match(page.text, '<meta http-equiv="refresh" content="0;url=/sessions">')
    t.equal(surfer.cookies.has('tracewarden-sign-in'), false, 'spent')
    const set = page.answer.headers.getSetCookie().at(-1)
    t.match(set, /^tracewarden=c1\.\S+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=28\d{3}$/)
    t.equal((await surfer.follow(`${base}/sessions`)).answer.status, 200, 'an analyst by group')
    const identity = await house.identity.fromCookie(surfer.cookies.get('tracewarden')?.value ?? '')
    t.match(identity.person, {
      id: `${openid.issuer}#odette`,
      roles: ['soc'],
      email: 'odette@example.com',
      timezone: 'Europe/Berlin',
    })
    t.match(house.events.at(-1), {
      event: { action: 'login', outcome: 'success' },
      user: { id: 'odette' },
      tracewarden: { login: { method: 'oidc', provider: 'corp' }, connection: { name: 'console' } },
    })
  },
)

t.test('only the browser that began ends it, once, in time, with the state it was given', async (t) => {
  const wrong = async (surfer: Surfer, url: string) => {
    const page = await surfer.follow(url, { site: 'cross-site' })
    t.equal(page.answer.status, 400)
    t.match(page.text, /not begun in this browser/)
    t.equal(surfer.cookies.has('tracewarden'), false)
  }
  const surfer = new Surfer()
  const { url } = await atProvider(surfer, 'odette')
  await wrong(new Surfer(), url)
  const other = new Surfer()
  await atProvider(other, 'mallory')
  await wrong(other, url)
  const forged = new Surfer()
  const page = await atProvider(forged, 'odette')
  await wrong(forged, page.url.replace(/state=[^&]*/, 'state=AAAA'))
  t.equal((await back(surfer, { url, text: '', answer: new Response() })).answer.status, 200)
  await wrong(new Surfer(), url)
  t.match(house.events.at(-1), {
    event: { action: 'auth-failure', reason: 'TW_AUTH_SIGN_IN_STATE' },
    tracewarden: { login: { method: 'oidc', provider: 'corp' } },
  })
})

t.test('what the provider refuses is said in its standard word and no more', async (t) => {
  const surfer = new Surfer()
  const { url } = await atProvider(surfer, 'odette')
  const answer = new URL(url)
  answer.searchParams.delete('code')
  answer.searchParams.set('error', 'access_denied')
  answer.searchParams.set('error_description', 'password of odette is hunter2')
  const page = await surfer.follow(answer.href, { site: 'cross-site' })
  t.equal(page.answer.status, 403)
  t.match(page.text, /did not sign you in: access_denied/)
  t.notMatch(page.text, /hunter2/)
  const again = new Surfer()
  const spent = await atProvider(again, 'odette')
  const bad = await again.follow(spent.url.replace(/code=[^&]*/, 'code=made-up'), { site: 'cross-site' })
  t.equal(bad.answer.status, 403)
  t.match(bad.text, /invalid_grant/)
})

t.test('an ID token with another nonce, audience, azp, key or type proves nothing', async (t) => {
  const now = Math.floor(Date.now() / 1000)
  const cases: [string, (nonce: string) => Promise<string>, RegExp][] = [
    ['nonce', () => idToken({ nonce: 'x' }), /issuer, audience or nonce/],
    ['audience', (nonce) => idToken({ nonce, aud: 'mlflow-cli' }), /issuer, audience or nonce/],
    [
      'issuer',
      (nonce) => idToken({ nonce, iss: 'http://evil.example' }),
      /issuer, audience or nonce|signature or form/,
    ],
    ['azp', (nonce) => idToken({ nonce, azp: 'other' }), /azp/],
    ['type', (nonce) => idToken({ nonce, typ: 'Bearer' }), /its type/],
    ['expiry', (nonce) => idToken({ nonce, exp: now - 3600, iat: now - 7200 }), /its times/],
    [
      'signature',
      async (nonce) => (await idToken({ nonce })).replace(/\.[^.]{20}([^.]*)$/, '.AAAAAAAAAAAAAAAAAAAA$1'),
      /signature/,
    ],
  ]
  function idToken(claims: Record<string, unknown>): Promise<string> {
    return new SignJWT({ iss: openid.issuer, aud: 'web', sub: 'odette', iat: now, exp: now + 60, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'one' })
      .sign(openid.key)
  }
  for (const [what, make, says] of cases) {
    const surfer = new Surfer()
    const begun = await surfer.send(BEGIN, { site: 'same-origin' })
    const asked = new URL(begun.headers.get('location') ?? '').searchParams
    const token = await make(asked.get('nonce') ?? '')
    const undo = await tokenEndpoint({ access_token: 'x', token_type: 'Bearer', id_token: token })
    const url = `${asked.get('redirect_uri')}?code=c&state=${asked.get('state')}&iss=${encodeURIComponent(openid.issuer)}`
    const page = await surfer.follow(url, { site: 'cross-site' })
    undo()
    t.equal(page.answer.status, 401, what)
    t.match(page.text, says, what)
    t.equal(surfer.cookies.has('tracewarden'), false, what)
  }

  /** The provider's token endpoint answers this; the rest of it is as it was. */
  async function tokenEndpoint(body: object) {
    const keys = await (await fetch(`${openid.issuer}/jwks`)).text()
    return openid.answer((request, response) => {
      response.setHeader('content-type', 'application/json')
      response.end(request.url === '/jwks' ? keys : JSON.stringify(body))
    })
  }
})

t.test('a fresh sign-in asks again, and its time is the provider’s', async (t) => {
  const begun = Date.now()
  const { surfer } = await signedIn('odette')
  const before = (await house.identity.fromCookie(surfer.cookies.get('tracewarden')?.value ?? '')).credential
  const first = await atProvider(surfer, 'odette', '&fresh=1')
  t.match(first.url, /\/callback\?/)
  const page = await back(surfer, first)
  t.equal(page.answer.status, 200)
  const fresh = await house.identity.fromCookie(surfer.cookies.get('tracewarden')?.value ?? '')
  t.ok(fresh.credential.authenticated >= begun - 1000, 'to the second')
  t.not(fresh.credential.id, before.id, 'another session: nothing of the old one lives on')
  const old = await signedIn('odette')
  t.equal(
    (await house.identity.fromCookie(old.surfer.cookies.get('tracewarden')?.value ?? '')).credential
      .authenticated,
    0,
    'a provider that does not say when gives no freshness',
  )
})

t.test('signing in again ends the session that the browser had', async (t) => {
  const { surfer } = await signedIn('odette')
  const before = surfer.cookies.get('tracewarden')?.value ?? ''
  await back(surfer, await atProvider(surfer, 'odette'))
  t.not(surfer.cookies.get('tracewarden')?.value, before)
  t.match(
    (await house.send('/sessions', { headers: { cookie: `tracewarden=${before}` } })).headers.get('location'),
    '/sign-in',
  )
})

t.test('signing out ends the session here and goes on to the provider’s own sign-out', async (t) => {
  const { surfer } = await signedIn('odette')
  const cookie = surfer.cookies.get('tracewarden')?.value ?? ''
  const csrf = csrfIn((await surfer.follow(`${base}/approvals`)).text)
  const out = await surfer.follow(`${base}/sign-out`, {
    method: 'POST',
    body: new URLSearchParams({ csrf }),
    site: 'same-origin',
  })
  t.equal(out.answer.status, 200)
  const location = /url=([^"]*)"/.exec(out.text)?.[1]?.replaceAll('&amp;', '&') ?? ''
  t.match(location, `${openid.issuer}/session/end?`)
  t.match(Object.fromEntries(new URL(location).searchParams), {
    post_logout_redirect_uri: `${base}/sign-in`,
    id_token_hint: /^ey/,
  })
  t.match(
    (await house.send('/approvals', { headers: { cookie: `tracewarden=${cookie}` } })).headers.get(
      'location',
    ),
    '/sign-in',
  )
  const leaving = await surfer.follow(location)
  t.match(leaving.text, /<form/)
})

t.test('another site can neither begin a sign-in nor choose where it ends', async (t) => {
  const surfer = new Surfer()
  const begun = await surfer.send(`${BEGIN}?next=%2F%2Fevil.example`, { site: 'cross-site' })
  t.equal(begun.headers.get('location'), '/sign-in?next=%2F')
  const page = await atProvider(surfer, 'odette', '&next=x')
  const came = await surfer.follow(page.url, { site: 'cross-site' })
  t.match(came.text, '<meta http-equiv="refresh" content="0;url=/">', 'two of a name are none')
  t.equal((await house.send('/sign-in/with/nobody')).status, 404)
})

t.test('a provider that is away is said to be, and a suspended person stays out', async (t) => {
  await house.identity.suspend('mallory', 'sue', 'case 2')
  const { page, surfer } = await signedIn('mallory')
  t.equal(page.answer.status, 403)
  t.match(page.text, /This user is suspended/)
  t.equal(surfer.cookies.has('tracewarden'), false)
})
