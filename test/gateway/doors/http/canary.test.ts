import t from 'tap'
import { answerJson, house } from './house.ts'

t.test('reading a decoy is told at once, and to nobody who reads it', async (t) => {
  const decoy = { trace_id: 'tr-decoy', time: 1_700_000_000_000, text: 'salaries of the board' }
  const other = { ...decoy, trace_id: 'tr-1' }
  const h = await house(t, {
    backend(req, res) {
      const listing = req.url?.startsWith('/listing') || req.url?.startsWith('/traces?')
      answerJson(res, listing ? { traces: [other, decoy] } : req.url === '/traces/tr-1' ? other : decoy)
    },
    policy: {
      builtin: { approve_multiple: false },
      canaries: [
        { name: 'payroll', traces: ['tr-decoy'] },
        { name: 'elsewhere', connections: ['mlflow'], traces: ['tr-1'] },
      ],
    },
  })
  const told = () => h.told('canary-read').map((e) => e.tracewarden)

  t.equal((await h.get('/traces/tr-1')).status, 200)
  t.equal((await h.get('/listing')).status, 200)
  t.same(told(), [], 'other traces, other connections and hidden listings are no matter')

  const read = await h.get('/traces/tr-decoy')
  t.equal(read.status, 200)
  t.notMatch(JSON.stringify(read), /canary|payroll/)
  t.match(h.told('canary-read'), [
    {
      event: { outcome: 'success', reason: 'canary payroll' },
      user: { id: 'ann' },
      tracewarden: { canary: { name: 'payroll' }, traces: { ids: ['tr-decoy'], count: undefined } },
    },
  ])
  t.equal(h.told('trace-read').at(-1)?.tracewarden.traces?.count, 1, 'the read is counted once, as ever')

  t.equal((await h.get('/traces?limit=2')).status, 200)
  t.equal(told().length, 2, 'among others')

  h.reconfigure((config) => ({
    ...config,
    policy: { ...config.policy, limits: { ...config.policy.limits, window_block: 1, window_approval: 1 } },
  }))
  t.equal((await h.get('/traces/tr-decoy', { token: h.bob })).status, 200)
  t.not((await h.get('/traces?limit=2', { token: h.bob })).status, 200)
  t.match(
    h.told('canary-read').map((e) => [e.user?.id, e.event.outcome]),
    [
      ['ann', 'success'],
      ['ann', 'success'],
      ['bob', 'success'],
      ['bob', 'failure'],
    ],
    'so is a try that got nothing',
  )
})
