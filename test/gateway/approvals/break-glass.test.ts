import t from 'tap'
import { compilePolicy } from '../../../gateway/policy/compile.ts'
import { configOf, identityOf, inputOf } from '../policy/given.ts'
import { asks, bound, openHouse } from './house.ts'

const HOUR = 3600e3
const onCall = identityOf('u1', { roles: ['on-call'] })
const [r1, r2] = [identityOf('r1'), identityOf('r2')]
const break_glass = { roles: ['on-call'], max_traces: 5 }
const house = () => openHouse({ approvals: { break_glass } })
const emergency = 'incident 42, nobody answers'

t.test('in an emergency one lets one’s own request through, and a reviewer says what of it', async (t) => {
  const { a, b, events, pass } = await house()
  const { approval } = await a.request(asks('u1'))
  const broken = await a.breakGlass(approval.id, onCall, emergency)
  t.match(broken, {
    status: 'approved',
    decisions: [{ via: 'break-glass', by: { user: 'u1' }, reason: emergency }],
    grant: { masked: true, scope: 'once', traceIds: ['t1', 't2'], fields: [] },
  })
  t.same(await b.find(bound(broken.grant!)), broken.grant)
  t.match(events.at(-1), { event: { action: 'break-glass', reason: emergency }, user: { id: 'u1' } })

  const said = { justified: false, reason: 'it could have waited' }
  await t.rejects(a.review(approval.id, onCall, said), { code: 'TW_APPROVAL_OWN' })
  await t.rejects(a.review(approval.id, identityOf('u9'), said), { code: 'TW_APPROVAL_NOT_REVIEWER' })
  pass(25 * HOUR)
  const next = await a.request(asks('u1', { logical: 'hmac:2' }))
  await t.rejects(a.breakGlass(next.approval.id, onCall, emergency), /not been reviewed/)
  t.match(await b.review(approval.id, r1, said), { brokenGlass: { review: { by: 'r1', justified: false } } })
  await t.rejects(a.review(approval.id, r2, said), { code: 'TW_APPROVAL_NO_REVIEW' })
  t.match(events.at(-1), { user: { id: 'r1' }, event: { reason: /NOT justified/ } })
})

t.test('it is for the few, for little, now and then, and never for high-risk fields', async (t) => {
  const { a, b, pass } = await house()
  const ask = async (more: object, user = 'u1') => (await a.request(asks(user, more))).approval.id
  const refused = (id: string, who = onCall, reason = emergency) =>
    t.rejects(a.breakGlass(id, who, reason), { code: /TW_APPROVAL_(BREAK_GLASS|NOT_YOURS|REASON)/ })
  const first = await ask({})
  await refused(first, identityOf('u1'))
  await refused(first, identityOf('u1', { roles: ['on-call'], kind: 'service' }))
  await refused(await ask({}, 'u2'))
  await refused(first, onCall, ' ')
  await refused(await ask({ logical: 'hmac:3', fields: ['prompt'] }))
  await refused(await ask({ logical: 'hmac:4', traces: { count: 6, ids: [] } }))

  const both = [first, await ask({ logical: 'hmac:5' })]
  const outcomes = await Promise.allSettled(
    both.map((id, i) => (i ? a : b).breakGlass(id, onCall, emergency)),
  )
  t.same(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected'], 'on two replicas at once')
  const broken = both[outcomes.findIndex(({ status }) => status === 'fulfilled')]!
  await a.review(broken, r1, { justified: true, reason: 'seen' })
  const later = await ask({ logical: 'hmac:6' })
  await refused(later)
  pass(24 * HOUR + 1)
  t.match(await a.breakGlass(await ask({ logical: 'hmac:7' }), onCall, emergency), { status: 'approved' })
})

t.test('what it lets through stays masked', async (t) => {
  const config = configOf({
    policy: {
      rules: [{ name: 'clear', when: 'true', effect: 'approval', reveal: ['secret'], reviewers: ['owners'] }],
    },
  })
  const policy = compilePolicy(config, { version: 1 })
  const grant = { id: 'g', maxTraces: 5, fields: [] }
  const response = { traces: 1, traceIds: ['t1'] }
  const clear = policy.decide(inputOf({ response, grant }))
  t.same([clear.verdict, clear.obligations.reveal], ['allow', ['secret']])
  const masked = policy.decide(inputOf({ response, grant: { ...grant, masked: true } }))
  t.same([masked.verdict, masked.obligations.reveal], ['allow', []])
})
