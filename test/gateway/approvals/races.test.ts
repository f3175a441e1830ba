import t from 'tap'
import type { ApprovalVerdict } from '../../../gateway/approvals/approval.ts'
import fc from '../../support/properties.ts'
import { identityOf } from '../policy/given.ts'
import { asks, openHouse } from './house.ts'

const yes: ApprovalVerdict = { decision: 'approve', reason: 'yes', via: 'console' }
const no: ApprovalVerdict = { decision: 'deny', reason: 'no', via: 'api' }

t.test('whoever decides at once, on whatever replica, makes one decision', async (t) => {
  const { a, b, actions } = await openHouse()
  let round = 0
  const click = fc.record({
    reviewer: fc.constantFrom('r1', 'r2', 'r4', 'r5'),
    verdict: fc.constantFrom(yes, no),
    replica: fc.boolean(),
  })
  const once = async (clicks: { reviewer: string; verdict: ApprovalVerdict; replica: boolean }[]) => {
    const { approval } = await a.request(asks('u1', { logical: `hmac:${round++}` }))
    const before = actions().length
    const results = await Promise.allSettled(
      clicks.map(({ reviewer, verdict, replica }) =>
        (replica ? a : b).decide(approval.id, identityOf(reviewer, { roles: ['trace-owner'] }), verdict),
      ),
    )
    const after = await b.get(approval.id)
    return (
      results.filter((r) => r.status === 'fulfilled').length === 1 &&
      after?.decisions.length === 1 &&
      (after.grant !== undefined) === (after.status === 'approved') &&
      actions().length === before + 1
    )
  }
  const property = fc.asyncProperty(fc.array(click, { minLength: 2, maxLength: 6 }), once)
  await t.resolves(fc.assert(property, { numRuns: 25 }))
})

t.test('a grant for once, claimed by many at once, is used once', async (t) => {
  const { a, b } = await openHouse()
  const { approval } = await a.request(asks('u1'))
  const { grant } = await a.decide(approval.id, identityOf('r1'), yes)
  const claims = await Promise.all(
    Array.from({ length: 12 }, (_, i) => (i % 2 ? a : b).claim(grant!, ['t1', 't2'])),
  )
  t.equal(claims.filter(Boolean).length, 1)
})

t.test('many at once under a number of traces never get more than that', async (t) => {
  const { a, b } = await openHouse()
  const { approval } = await a.request(asks('u1'))
  const { grant } = await a.decide(approval.id, identityOf('r1'), { ...yes, scope: 'time', traces: 4 })
  const claims = await Promise.allSettled(
    Array.from({ length: 6 }, (_, i) => (i % 2 ? a : b).claim(grant!, [`x${i}`])),
  )
  t.equal(claims.filter((c) => c.status === 'fulfilled' && c.value).length, 4)
})

t.test('the same request, made on both replicas at once, is one approval with one event', async (t) => {
  const { a, b, actions } = await openHouse()
  const results = await Promise.all(Array.from({ length: 8 }, (_, i) => (i % 2 ? a : b).request(asks('u1'))))
  t.equal(new Set(results.map((r) => r.approval.id)).size, 1)
  t.equal(results.filter((r) => !r.joined).length, 1)
  t.same(actions(), ['approval-request'])
})

t.test('no grant lives on after a revocation that met its decision', async (t) => {
  const { a, b } = await openHouse()
  for (let i = 0; i < 10; i++) {
    const { approval } = await a.request(asks('u1', { logical: `hmac:${i}` }))
    const [decided, revoked] = await Promise.allSettled([
      a.decide(approval.id, identityOf('r1'), yes),
      b.revoke(approval.id, identityOf('u1'), 'withdrawn'),
    ])
    t.equal(revoked.status, 'fulfilled')
    if (decided.status === 'fulfilled') t.equal(await a.claim(decided.value.grant!, ['t1']), false)
  }
})
