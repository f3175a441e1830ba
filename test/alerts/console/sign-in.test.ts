import t from 'tap'
import { safeNext } from '../../../alerts/console/pages/sign-in.ts'
import fc from '../../support/properties.ts'
import { csrfIn, openHouse } from './house.ts'

const house = await openHouse(t)
const { send } = house

const signIn = (token: string, next = '', headers: Record<string, string> = {}) =>
  send('/sign-in', { method: 'POST', headers, body: new URLSearchParams({ token, next }) })

/** Another character than it was, and not the last one, whose spare bits mean nothing. */
const altered = (text: string) => text.replace(/.(?=.{4}$)/, (c) => (c === 'A' ? 'B' : 'A'))

t.test('a good token signs in, with a cookie that scripts and other sites do not get', async (t) => {
  const answer = await signIn(await house.tokenOf('sue'), '/approvals?status=pending')
  t.equal(answer.status, 303)
  t.equal(answer.headers.get('location'), '/approvals?status=pending')
  const cookie = answer.headers.get('set-cookie') ?? ''
  t.match(cookie, /^tracewarden=c1\.\S+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=28\d{3}$/)
  t.notMatch(cookie, /Secure/, 'not over plain http, where it would be lost')
  const page = await send('/', { headers: { cookie: cookie.split(';', 1)[0] ?? '' } })
  t.equal(page.headers.get('location'), '/alerts?status=open', 'an analyst begins with the open alerts')
})

t.test('where people come by https the cookie is Secure', async (t) => {
  const secure = await openHouse(t, { secure: true })
  const body = new URLSearchParams({ token: await secure.tokenOf('ada') })
  const answer = await secure.send('/sign-in', { method: 'POST', body })
  t.match(answer.headers.get('set-cookie'), /^__Host-tracewarden=c1\.\S+; Path=\/;.*; Secure$/)
})

t.test('a bad, revoked or expired token is told so, and is not on the page', async (t) => {
  const short = await house.token('ada', 60_000)
  const gone = await house.token('ada')
  const [known] = await house.identity.tokens('ada')
  const revoked = (await house.identity.tokens('ada')).find((token) => gone.includes(token.id.slice(4)))
  t.ok(known && revoked)
  await house.identity.revokeToken(revoked?.id ?? '', 'ada')
  const cases: [string, RegExp][] = [
    ['', /not a well-formed/],
    ['<script>alert(1)</script>', /not a well-formed/],
    [altered(await house.tokenOf('ada')), /not known/],
    [gone, /was revoked/],
    ['x'.repeat(20_000), /larger than 16 KiB/],
  ]
  await house.skip(61_000)
  cases.push([short, /has expired/])
  for (const [token, says] of cases) {
    const answer = await signIn(token)
    const page = await answer.text()
    t.equal(answer.status, 401)
    t.match(page, says)
    t.match(page, /role="alert"/)
    if (token) t.notOk(page.includes(token), 'the token is not echoed')
    t.equal(answer.headers.get('set-cookie'), null)
  }
})

t.test('another site cannot sign somebody in', async (t) => {
  const answer = await signIn(await house.tokenOf('ada'), '', { 'sec-fetch-site': 'cross-site' })
  t.equal(answer.status, 403)
  t.equal(answer.headers.get('set-cookie'), null)
})

t.test('after signing in only a path of our own is gone to', async (t) => {
  for (const next of [
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    '/a b',
    '',
  ])
    t.equal(
      (await signIn(await house.tokenOf('ada'), next)).headers.get('location'),
      '/',
      JSON.stringify(next),
    )
  const page = await (await send('/sign-in?next=%2F%2Fevil.example')).text()
  t.match(page, 'name="next" value="/"')
  fc.assert(
    fc.property(
      fc.oneof(
        fc.webUrl(),
        fc.string(),
        fc.string().map((s) => `/${s}`),
        fc.string().map((s) => `//${s}`),
      ),
      (next) => {
        const url = new URL(safeNext(next), 'https://console.example')
        return url.origin === 'https://console.example'
      },
    ),
  )
})

t.test('without a cookie a page leads to the sign-in and back; the API says 401', async (t) => {
  const page = await house.page('/alerts?user=ada')
  t.equal(page.status, 303)
  t.equal(page.headers.get('location'), '/sign-in?next=%2Falerts%3Fuser%3Dada')
  t.equal(page.headers.get('set-cookie'), null, 'a cookie that was only not sent is left alone')
  const api = await house.api('/alerts')
  t.equal(api.status, 401)
  t.equal(api.headers.get('www-authenticate'), 'Bearer')
})

t.test(
  'a link from elsewhere opens the page by way of our own, since a strict cookie does not come along',
  async (t) => {
    const first = await house.page('/alerts/abc', undefined, { 'sec-fetch-site': 'cross-site' })
    t.equal(first.status, 200)
    t.match(await first.text(), '<meta http-equiv="refresh" content="0;url=/alerts/abc">')
    const second = await house.page('/alerts/abc', undefined, { 'sec-fetch-site': 'same-origin' })
    t.equal(second.status, 303, 'nobody is signed in: no loop')
  },
)

t.test('an altered or expired cookie leads to the sign-in and is removed', async (t) => {
  const { cookie } = await house.identity.signIn(await house.token('ada'))
  for (const bad of [altered(cookie), 'c1.', 'x'])
    t.match(
      (await send('/approvals', { headers: { cookie: `tracewarden=${bad}` } })).headers.get('location'),
      '/sign-in',
    )
  await house.skip(9 * 3_600_000)
  const late = await send('/approvals', { headers: { cookie: `tracewarden=${cookie}` } })
  t.equal(late.headers.get('location'), '/sign-in?next=%2Fapprovals')
  t.match(late.headers.get('set-cookie'), /^tracewarden=;/)
})

t.test('signing out ends the cookie everywhere, and needs the page’s own button', async (t) => {
  const { cookie } = await house.identity.signIn(await house.token('ada'))
  const headers = { cookie: `tracewarden=${cookie}` }
  const out = (csrf: string) =>
    send('/sign-out', { method: 'POST', headers, body: new URLSearchParams({ csrf }) })
  t.equal((await out('')).status, 403)
  const csrf = csrfIn(await (await send('/approvals', { headers })).text())
  t.equal((await out(csrf)).headers.get('location'), '/sign-in')
  t.match((await send('/approvals', { headers })).headers.get('location'), '/sign-in')
  t.equal(
    (await send('/sign-out', { method: 'POST' })).status,
    401,
    'without a cookie there is nothing to end',
  )
})

t.test('a suspended user is told so, on every page', async (t) => {
  const cookie = `tracewarden=${(await house.identity.signIn(await house.token('ben'))).cookie}`
  await house.identity.suspend('ben', 'sue', 'case 1')
  const page = await send('/approvals', { headers: { cookie } })
  t.equal(page.status, 403)
  t.match(await page.text(), /This user is suspended/)
})
