import t from 'tap'
import { eventually, finding, writeFinding } from '../office.ts'
import { csrfIn, openHouse, storeDown } from './house.ts'

const house = await openHouse(t)
const stop = new AbortController()
const running = house.alerts.run(stop.signal)
t.teardown(async () => {
  stop.abort()
  await running
})

async function alert(id: string, more: Parameters<typeof finding>[1] = {}) {
  await writeFinding(house.store, finding(id, more), id)
  house.alerts.wake()
  return eventually(() => house.alerts.get(id), `alert ${id}`)
}

t.test('a form without the page’s token, with another’s, or from another site does nothing', async (t) => {
  const { id } = await alert('csrf')
  const theirs = csrfIn(await (await house.page('/health', 'root')).text())
  const path = `/alerts/${id}/acknowledge`
  const attempts = [
    house.form(path, 'sue', {}, { csrf: '' }),
    house.form(path, 'sue', {}, { csrf: 'x'.repeat(43) }),
    house.form(path, 'sue', {}, { csrf: theirs }),
    house.form(path, 'sue', {}, { headers: { 'sec-fetch-site': 'cross-site' } }),
    house.form(path, 'sue', {}, { headers: { 'sec-fetch-site': 'same-site' } }),
  ]
  for (const attempt of attempts) {
    const answer = await attempt
    t.equal(answer.status, 403)
    t.match(await answer.text(), /came from another site/)
  }
  const headers = { cookie: `tracewarden=${await house.cookieOf('sue')}` }
  for (const type of [
    'application/json',
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
  ]) {
    const answer = await house.send(`/api/v1${path}`, {
      method: 'POST',
      headers: { ...headers, 'content-type': type },
      body: type === 'application/json' ? '{}' : 'x',
    })
    t.ok([403, 415].includes(answer.status), `a cookie alone does not write to the API, as ${type}`)
  }
  t.equal((await house.alerts.get(id))?.status, 'open')
})

t.test('an alert is acknowledged, investigated, closed and opened again by forms', async (t) => {
  const { id } = await alert('triage')
  const act = (action: string, fields = {}) => house.form(`/alerts/${id}/${action}`, 'sue', fields)
  for (const [action, fields, status] of [
    ['acknowledge', {}, 'acknowledged'],
    ['investigate', {}, 'investigating'],
    ['close', { verdict: 'benign', reason: 'a backfill' }, 'closed'],
    ['reopen', { reason: 'no backfill' }, 'open'],
  ] as const) {
    const answer = await act(action, fields)
    t.equal(answer.status, 303)
    t.equal(answer.headers.get('location'), `/alerts/${id}`)
    t.equal((await house.alerts.get(id))?.status, status)
  }
  const page = await (await house.page(`/alerts/${id}`, 'sue')).text()
  t.match(page, 'closed: benign by sue (console): a backfill')
  const late = await act('reopen', { reason: 'again' })
  t.equal(late.status, 409)
  t.match(await late.text(), /already open/)
  const missing = await act('close', { verdict: 'benign' })
  t.equal(missing.status, 400)
  t.match(await missing.text(), /reason: /)
})

t.test('nobody triages an alert about themselves, and the page says so instead of offering it', async (t) => {
  const { id } = await alert('self', { user: { id: 'sue' }, subject: { kind: 'person', id: 'sue' } })
  t.match(await (await house.page(`/alerts/${id}`, 'sue')).text(), /This alert is about you/)
  const answer = await house.form(`/alerts/${id}/acknowledge`, 'sue')
  t.equal(answer.status, 403)
  t.equal((await house.alerts.get(id))?.status, 'open')
})

t.test('a suppression is made, listed and lifted', async (t) => {
  const { id } = await alert('suppress', { subject: { kind: 'collection', id: 'c<1>' } })
  t.equal((await house.form(`/alerts/${id}/suppress`, 'sue', { days: '91', reason: 'x' })).status, 400)
  t.equal((await house.form(`/alerts/${id}/suppress`, 'sue', { days: '7', reason: 'known' })).status, 303)
  const page = await (await house.page('/suppressions', 'sue')).text()
  t.match(page, 'collection c&lt;1&gt;')
  const lift = /action="(\/suppressions\/[^"]+\/lift)"/.exec(page)?.[1] ?? ''
  t.equal((await house.form(lift, 'sue', { reason: 'over' })).headers.get('location'), '/suppressions')
  t.match(await (await house.page('/suppressions', 'sue')).text(), /Nothing is suppressed/)
  t.equal((await house.form(lift, 'sue', { reason: 'over' })).status, 404)
})

t.test('the glass is broken by those who may, and reviewed by others', async (t) => {
  const other = await house.ask('ada', { logical: 'hmac:glass-ada' })
  const path = async (id: string, user: 'ada' | 'ben' | 'rita') =>
    (await house.page(`/approvals/${id}`, user)).text()
  t.notMatch(await path(other.id, 'ada'), /Break the glass/)
  const { id } = await house.ask('ben', { logical: 'hmac:glass' })
  t.match(await path(id, 'ben'), /Break the glass/)
  const broken = await house.form(`/approvals/${id}/break-glass`, 'ben', { reason: 'prod is down' })
  t.equal(broken.status, 303)
  t.match(
    await path(id, 'ben'),
    /break-glass, to be reviewed[\s\S]*let through by ben \(break-glass\): prod is down/,
  )
  t.notMatch(await path(id, 'ben'), /value="justified"/)
  t.match(await path(id, 'rita'), /value="justified"/)
  const verdict = { verdict: 'justified', reason: 'it was' }
  t.equal((await house.form(`/approvals/${id}/review`, 'rita', verdict)).status, 303)
  t.match(await path(id, 'rita'), /Justified, says rita/)
})

t.test('an approval is decided by a reviewer, never by who asked', async (t) => {
  const { id } = await house.ask('rita', { logical: 'hmac:own' })
  const own = await house.form(`/approvals/${id}/decide`, 'rita', { decision: 'approve', reason: 'mine' })
  t.equal(own.status, 403)
  const page = await own.text()
  t.match(page, /Nobody decides on their own request/)
  t.match(page, `href="/approvals/${id}"`, 'there is a way back')
  t.notMatch(await (await house.page(`/approvals/${id}`, 'rita')).text(), /value="approve"/)
  const engineer = await house.form(`/approvals/${id}/decide`, 'ada', {
    decision: 'approve',
    reason: 'please',
  })
  t.equal(engineer.status, 403)
  const decided = await house.form(`/approvals/${id}/decide`, 'rolf', {
    decision: 'approve',
    reason: 'fine',
    scope: 'time',
    minutes: '5',
    traces: '',
  })
  t.equal(decided.status, 303)
  const approval = await house.approvals.get(id)
  t.match(approval, { status: 'approved', grant: { scope: 'time', maxTraces: 2 } })
  t.match(await (await house.page(`/approvals/${id}`, 'rita')).text(), 'Repeat the same request')
  t.equal((await house.form(`/approvals/${id}/revoke`, 'rolf', { reason: 'enough' })).status, 303)
  t.equal((await house.approvals.get(id))?.status, 'revoked')
})

t.test('of two decisions at once one holds, and the other is told', async (t) => {
  const { id } = await house.ask('ada', { logical: 'hmac:race' })
  const [first, second] = await Promise.all([
    house.form(`/approvals/${id}/decide`, 'rita', { decision: 'approve', reason: 'yes' }),
    house.form(`/approvals/${id}/decide`, 'rolf', { decision: 'deny', reason: 'no' }),
  ])
  t.strictSame([first.status, second.status].sort(), [303, 409])
  const lost = first.status === 409 ? first : second
  t.match(await lost.text(), /This request is (approved|denied) already/)
  t.equal((await house.approvals.get(id))?.decisions.length, 1)
})

t.test('a high-risk decision needs a fresh sign-in, and the page leads there', async (t) => {
  const { id } = await house.ask('ada', { logical: 'hmac:risk', fields: ['system_prompt'] })
  await house.cookieOf('rita')
  await house.skip(20 * 60e3)
  const late = await house.form(`/approvals/${id}/decide`, 'rita', { decision: 'approve', reason: 'ok' })
  t.equal(late.status, 401)
  const page = await late.text()
  t.match(page, /decided within 15 min of signing in/)
  t.match(page, `href="/sign-in?next=%2Fapprovals%2F${id}"`)
})

t.test('a recording is opened with a reason only, and that it was is recorded first', async (t) => {
  const text = '{"key":"[masked:aws]","note":"<script>alert(1)</script>"}'
  await house.record('rec-1', text)
  const before = house.actions().length
  const without = await house.form('/sessions/rec-1/replay', 'sue', { reason: ' ' })
  t.equal(without.status, 400)
  t.equal(house.actions().length, before, 'nothing was opened')
  const opened = await house.form('/sessions/rec-1/replay', 'sue', { reason: 'case 7' })
  const page = await opened.text()
  t.equal(opened.status, 200)
  t.match(page, '<mark>[masked:aws]</mark>')
  t.match(page, '&lt;script&gt;alert(1)&lt;/script&gt;')
  t.notMatch(page, /<script>alert/)
  t.match(page, 'GET /traces?q=&lt;b&gt;')
  t.match(house.events.at(-1), {
    event: { action: 'review-replay', outcome: 'success', reason: 'case 7' },
    user: { id: 'sue' },
    tracewarden: { target: { session: 'rec-1', user: 'ada' } },
  })
  const none = await house.form('/sessions/none/replay', 'sue', { reason: 'case 7' })
  t.equal(none.status, 404)
  t.match(await none.text(), /There is no recording/)
  t.match(await (await house.api('/sessions/rec-1/replay', 'sue', { reason: 'by API' })).json(), {
    user: 'ada',
    cut: false,
    steps: [{ path: '/traces?q=<b>', text }],
  })
})

t.test('a user is suspended by an analyst and restored by an admin only', async (t) => {
  t.equal(
    (await house.form('/users/ben/suspend', 'sue', { reason: 'case 9' })).headers.get('location'),
    '/users/ben',
  )
  t.ok(house.identity.suspended('ben'))
  t.match(await (await house.page('/users/ben', 'sue')).text(), /This user is suspended/)
  t.equal((await house.form('/users/ben/restore', 'sue', { reason: 'fine' })).status, 403)
  t.ok(house.identity.suspended('ben'))
  t.equal((await house.form('/users/ben/restore', 'root', { reason: 'fine' })).status, 303)
  t.notOk(house.identity.suspended('ben'))
  const [token] = await house.identity.tokens('ada')
  t.equal((await house.form(`/tokens/${token?.id}/revoke`, 'ada')).headers.get('location'), '/users/ada')
  t.ok((await house.identity.tokens('ada'))[0]?.revoked)
})

t.test('while the store is down every page says so, in words, and comes back with it', async (t) => {
  t.teardown(() => {
    house.control.trouble = undefined
  })
  const troubles = [
    [storeDown(), /<h1>The store does not answer/],
    [new Error('connect ECONNREFUSED /var/secret/place'), /<h1>Something broke here/],
  ] as const
  for (const [trouble, says] of troubles) {
    house.control.trouble = trouble
    for (const path of ['/alerts', '/approvals', '/sessions', '/users/ada', '/suppressions']) {
      const answer = await house.page(path, 'sue')
      const page = await answer.text()
      t.ok([500, 503].includes(answer.status), path)
      t.match(page, says)
      t.notMatch(page, /secret|at file:|node:internal/)
      t.match(answer.headers.get('content-security-policy'), "default-src 'none'")
    }
    const api = await house.api('/alerts', 'sue')
    t.match(api.headers.get('content-type'), /^application\/problem\+json/)
    t.notMatch(await api.text(), /secret/)
  }
  house.control.trouble = undefined
  await house.skip(3000)
  t.equal((await house.page('/alerts', 'sue')).status, 200)
})
