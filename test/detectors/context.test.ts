import t from 'tap'
import { openStore } from '../../collector/port.ts'
import { systemClock } from '../../core/clock.ts'
import type { EventDraft, SessionEvent } from '../../core/event.ts'
import { createLogger } from '../../core/log.ts'
import type { Finding } from '../../detectors/port.ts'
import { completeAfter, marked } from '../../detectors/runtime/aftermath.ts'
import { inContext } from '../../detectors/runtime/context.ts'
import { chained } from './support.ts'

const log = createLogger('silent')
type Warden = Partial<SessionEvent['tracewarden']>
const draft = (
  time: string,
  action: EventDraft['event']['action'],
  tracewarden: Warden = {},
  outcome: 'success' | 'failure' = 'success',
): EventDraft => ({
  '@timestamp': `2026-02-12T${time}.000Z`,
  event: { action, outcome },
  user: { id: 'ada' },
  tracewarden: { session: { id: 's1' }, ...tracewarden },
})
const traces = (distinct: number) => ({ count: distinct, distinct })

const finding = (more: Partial<Finding> = {}, evidence: Partial<Finding['evidence']> = {}): Finding => ({
  ...{ id: 'f1', '@timestamp': '2026-02-12T10:00:00.000Z', detector: 'volume-spike', user: { id: 'ada' } },
  ...{ subject: { kind: 'person', id: 'ada' }, incident: 'i1', revision: 1, severity: 'medium', score: 12 },
  ...{ p: 1e-9, config: 'sha256:0', summary: '423 traces', threat: { technique: { id: [] } } },
  window: { from: '2026-02-12T00:00:00.000Z', to: '2026-02-13T00:00:00.000Z' },
  ...more,
  evidence: { observed: 423, sessions: ['s1'], events: [], ...evidence },
})

t.test('a finding says what was done before and after, and where most of it was', async (t) => {
  const store = await openStore(
    { kind: 'embedded', file: ':memory:' },
    { dataDir: '', log, clock: systemClock },
  )
  t.teardown(() => store.close())
  const events = chained([
    draft('08:59:59', 'trace-read', { traces: traces(50) }),
    draft('09:00:00', 'trace-read', { traces: traces(7), collection: 'claims' }),
    draft('09:10:00', 'trace-search', {}, 'failure'),
    draft('09:11:00', 'approval-request', { session: { id: 's2' } }),
    draft('09:12:00', 'login', { session: { id: 's2' } }),
    { ...draft('09:30:00', 'trace-read', { traces: traces(900) }), user: { id: 'bob' } },
    draft('10:00:00', 'trace-export', { traces: traces(3), collection: 'evals', session: { id: 's3' } }),
    draft('10:00:01', 'trace-read', { traces: { count: 2 }, session: { id: 's4' } }),
    draft('10:59:59', 'session-end', { session: { id: 's4' } }),
    draft('11:00:00', 'trace-read', { traces: traces(70) }),
  ])
  await store.append(events)
  const told = async (more: Partial<Finding> = {}, evidence: Partial<Finding['evidence']> = {}) =>
    (await inContext(store, finding(more, evidence), log)).evidence
  const before =
    '2 reads of 10 traces, 1 refusal, 1 request for approval, 1 other event, in 3 sessions in the hour before'

  const first = await told()
  t.equal(first.before, before)
  t.notOk('after' in first, 'nothing is known of what comes')
  const second = await told({ revision: 2 })
  t.equal(second.before, before)
  t.equal(second.after, '1 read of 2 traces, 1 other event, in 1 session in the hour after')
  const quiet = await told({ '@timestamp': '2026-02-12T20:00:00.000Z', revision: 2 })
  t.match(quiet, { before: 'nothing in the hour before', after: 'nothing in the hour after' })

  const own = ['gw-a.2', 'gw-a.7', 'gw-a.8']
  t.same((await told({}, { events: own })).mostly, ['58 % of it in claims', '58 % in session s1'])
  t.notOk('mostly' in (await told({}, { events: own.slice(0, 1) })), 'of one event nothing is most')
  t.match(
    await told({}, { contributors: ['evals (3)'], before: 'a refusal' }),
    { contributors: ['evals (3)'], before: 'a refusal' },
    'what the detector says itself stays',
  )

  await store.append(
    chained(
      Array.from({ length: 501 }, () => draft('12:30:00', 'trace-read', { traces: traces(1) })),
      'gw-b',
    ),
  )
  t.match(
    (await told({ '@timestamp': '2026-02-12T13:00:00.000Z' })).before,
    /^at least 500 reads of 500 traces/,
  )

  const away = { search: () => Promise.reject(new Error('the store is away')) }
  const alone = finding()
  t.equal(await inContext(away, alone, log), alone, 'it is told all the same')
})

t.test('the hour after a finding is told when it is over, although nothing was added to it', async (t) => {
  const store = await openStore(
    { kind: 'embedded', file: ':memory:' },
    { dataDir: '', log, clock: systemClock },
  )
  t.teardown(() => store.close())
  await store.append(
    chained([
      draft('10:00:00', 'trace-read', { traces: traces(423) }),
      draft('10:20:00', 'trace-read', { traces: traces(5) }),
      draft('11:00:01', 'trace-read', { traces: traces(70) }),
    ]),
  )
  const [one, bobs] = [finding(), finding({ id: 'f2', user: { id: 'bob' } })]
  const at = Date.parse(one['@timestamp'])
  const keys = { state: 'taken', ...marked(one, at) }
  for (const body of [one, bobs])
    await store.documents.put('finding', body.id, body, { expect: 'absent', keys, at: body['@timestamp'] })
  const complete = (over: number) => completeAfter(store, over, (user) => user === 'ada')
  const stored = async (id: string) => (await store.documents.get<Finding>('finding', id))!

  t.equal(await complete(at + 3_599_000), 0, 'not before')
  t.equal(await complete(at + 3_600_001), 1)
  const told = await stored('f1')
  t.match(told.body, {
    revision: 2,
    evidence: { after: '1 read of 5 traces, in 1 session in the hour after' },
  })
  t.same(told.keys, { state: 'new' }, 'so that the alert takes it')
  t.same((await stored('f2')).body, bobs, 'another process looks after bob')
  t.equal(await complete(at + 7_200_000), 0, 'once')

  t.same(marked(one, at + 3_600_000), {}, 'written later it says so at once')
  const late = await inContext(store, one, log, true)
  t.equal(late.evidence.after, '1 read of 5 traces, in 1 session in the hour after')
})
