import t from 'tap'
import { request } from 'undici'
import { answerJson, house, SECRET, until } from './house.ts'

const traces = (n: number, text = 'x') => ({
  traces: Array.from({ length: n }, (_, i) => ({ trace_id: `tr-${i}`, text })),
})

t.test('many traces are held, asked for, and pass by themselves once approved', async (t) => {
  const h = await house(t, { connection: { hold: '5m' }, backend: (_q, s) => answerJson(s, traces(3)) })
  const waiting = h.get('/traces?limit=3')
  await h.holding(1)
  const pending = (await h.approvals.list({ status: 'pending', limit: 5 })).approvals[0]!
  t.match(pending, { traces: { count: 3, ids: ['tr-0', 'tr-1', 'tr-2'] }, groups: ['trace-owners'] })
  t.match(await h.registry.getSingleMetricAsString('tracewarden_http_held_requests'), /store"} 1/)
  const own = await h.get(`/.tracewarden/approvals/${pending.id}`)
  t.match(JSON.parse(own.text), { status: 'pending', traces: 3 })
  t.equal((await h.get(`/.tracewarden/approvals/${pending.id}`, { token: h.bob })).status, 404)
  t.match(await h.get(`/.tracewarden/approvals/${pending.id}`, { headers: { accept: 'text/html' } }), {
    text: /<dl>/,
  })
  await h.approvals.decide(pending.id, h.reviewer, { decision: 'approve', reason: 'incident 7', via: 'api' })
  const answer = await waiting
  t.equal(answer.status, 200)
  t.equal(JSON.parse(answer.text).traces.length, 3)
  t.match(h.told('trace-read'), [
    {
      event: { outcome: 'success' },
      tracewarden: { traces: { count: 3 }, approval: { id: pending.id, grant: String, reviewer: 'rev' } },
    },
  ])
  t.match(await h.registry.getSingleMetricAsString('tracewarden_http_held_requests'), /store"} 0/)
})

t.test(
  'undecided: 403 that says how it stands; the same request passes later, another does not',
  async (t) => {
    let text = 'x'
    const h = await house(t, {
      connection: { hold: '50ms' },
      backend: (_q, s) => answerJson(s, traces(2, text)),
    })
    const first = await h.get('/traces?limit=2')
    t.equal(first.status, 403)
    const told = JSON.parse(first.text)
    t.match(told, {
      code: 'TW_DOOR_APPROVAL_PENDING',
      approval: { id: String, status: 'pending', asked: ['trace-owners'] },
      status_url: `/.tracewarden/approvals/${told.approval.id}`,
      retry: String,
    })
    t.notMatch(first.text, /tr-0/)
    t.equal(
      JSON.parse((await h.get('/traces?limit=2')).text).approval.id,
      told.approval.id,
      'a retry joins it',
    )
    t.equal(h.told('approval-request').length, 1)
    await h.approvals.decide(told.approval.id, h.reviewer, { decision: 'approve', reason: 'ok', via: 'api' })
    t.equal((await h.get('/traces?limit=2', { token: h.bob })).status, 403, 'not another person')
    t.equal((await h.get('/traces?limit=2&filter=x')).status, 403, 'not another query')
    text = 'grown since'
    t.equal((await h.get('/traces?limit=2')).status, 403, 'not other content')
    text = 'x'
    t.equal((await h.get('/traces?limit=2')).status, 200)
    t.equal((await h.get('/traces?limit=2')).status, 403, 'once is once')
  },
)

t.test('denied is told with the reviewer’s reason; a client that leaves does not withdraw', async (t) => {
  const h = await house(t, { connection: { hold: '5m' }, backend: (_q, s) => answerJson(s, traces(2)) })
  const gone = new AbortController()
  const left = request(`http://${h.address()}/traces`, {
    headers: { authorization: `Bearer ${h.ann}` },
    signal: gone.signal,
  }).catch(() => 'left')
  await h.holding(1)
  gone.abort()
  t.equal(await left, 'left')
  const pending = (await h.approvals.list({ status: 'pending', limit: 5 })).approvals[0]!
  await until(() => h.told('trace-read').length > 0)
  const again = h.get('/traces')
  await h.holding(1)
  await h.approvals.decide(pending.id, h.reviewer, { decision: 'deny', reason: 'not your team', via: 'api' })
  t.match(JSON.parse((await again).text), { code: 'TW_DOOR_APPROVAL_DENIED', title: /not your team/ })
  t.equal(h.told('approval-request').length, 1)
})

t.test('observe mode decides and records, hides nothing and lets pass', async (t) => {
  const h = await house(t, {
    connection: { mode: 'observe' },
    backend: (_q, s) => answerJson(s, traces(2, `key ${SECRET}`)),
  })
  const answer = await h.get('/traces')
  t.match(answer, { status: 200, text: /AKIA/ })
  t.equal((await h.get('/export')).status, 200)
  t.equal((await h.get('/nobody/knows')).status, 200)
  t.match(h.told('trace-read')[0], {
    event: { outcome: 'success' },
    tracewarden: { mode: 'observe', verdict: 'approval', fields: { masked: ['aws-access-key-id'] } },
  })
  t.match(h.told('trace-export')[0], { event: { outcome: 'success' }, tracewarden: { verdict: 'block' } })
  t.equal(h.told('approval-request').length, 0)
})

t.test('many small reads are one large one: the window of a person asks, then refuses', async (t) => {
  const h = await house(t, {
    connection: { hold: '10ms' },
    policy: { limits: { window_approval: 3, window_block: 5 } },
    backend: (req, res) => answerJson(res, { trace_id: req.url, text: 'x' }),
  })
  const statuses = []
  for (let i = 0; i < 5; i++) statuses.push((await h.get(`/traces/${i}`)).status)
  t.strictSame(statuses, [200, 200, 200, 403, 403])
  t.equal((await h.get('/traces/1')).status, 200, 'one seen before costs nothing')
  const parallel = await Promise.all([1, 2, 3, 4, 5, 6].map((i) => h.get(`/traces/b${i}`, { token: h.bob })))
  t.equal(parallel.filter((a) => a.status === 200).length, 3, 'parallel reads cannot overdraw')
})
