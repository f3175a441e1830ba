import t from 'tap'
import type { Documents } from '../../../collector/port.ts'
import type { ApprovalVerdict } from '../../../gateway/approvals/approval.ts'
import type { Identity } from '../../../gateway/identity/person.ts'
import { identityOf, NOW } from '../policy/given.ts'
import { asks, bound, openHouse } from './house.ts'

const yes: ApprovalVerdict = { decision: 'approve', reason: 'incident 42', via: 'console' }
const no: ApprovalVerdict = { decision: 'deny', reason: 'not needed', via: 'slack' }
const wide: ApprovalVerdict = { ...yes, scope: 'time', duration: 600e3 }
const [r1, r2] = [identityOf('r1'), identityOf('r2')]

t.test('asked, approved, granted, used once: and every step is an event', async (t) => {
  const { a, events, actions } = await openHouse()
  const { approval, joined } = await a.request(asks('u1'))
  t.match(approval, { status: 'pending', groups: ['owners'], minimum: 1, highRisk: false })
  t.notOk(joined)
  const { grant } = await a.decide(approval.id, r1, yes)
  t.match(grant, { scope: 'once', maxTraces: 2, traceIds: ['t1', 't2'], content: 'hmac:c1' })
  t.same(await a.find(bound(grant!)), grant)
  t.equal(await a.claim(grant!, ['t1', 't2']), true)
  t.equal(await a.claim(grant!, ['t1', 't2']), false)
  t.equal(await a.find(bound(grant!)), undefined)
  t.same(actions(), ['approval-request', 'approval-grant'])
  t.match(events[0], {
    user: { id: 'u1' },
    tracewarden: { session: { id: 's1' }, approval: { asked: ['owners'] } },
  })
  t.match(events[1], {
    user: { id: 'r1' },
    event: { reason: 'incident 42' },
    tracewarden: { approval: { requester: 'u1', reviewer: 'r1', grant: grant!.id } },
  })
})

t.test('an identical request joins the undecided one; other content, ids or persons do not', async (t) => {
  const { a, b, actions } = await openHouse()
  const first = await a.request(asks('u1'))
  t.match(await b.request(asks('u1', { session: 's2' })), {
    joined: true,
    approval: { id: first.approval.id },
  })
  const others = [
    asks('u2'),
    asks('u1', { logical: 'hmac:other' }),
    asks('u1', { collection: '2' }),
    asks('u1', { connection: 'phoenix' }),
    asks('u1', { fields: ['prompt'] }),
    asks('u1', { traces: { count: 2, ids: ['t1', 't2'], content: 'hmac:c2' } }),
    asks('u1', { traces: { count: 2, ids: ['t1', 't3'], content: 'hmac:c1' } }),
  ]
  for (const other of others) t.match(await b.request(other), { joined: false })
  t.equal(actions().length, 1 + others.length)
})

t.test('decided or expired, the same may be asked again', async (t) => {
  const { a, pass } = await openHouse()
  const ids = new Set<string>()
  for (let i = 0; i < 3; i++) {
    const { approval, joined } = await a.request(asks('u1'))
    t.notOk(joined)
    ids.add(approval.id)
    if (i === 0) await a.decide(approval.id, r1, no)
    else pass(31 * 60e3)
  }
  t.equal(ids.size, 3)
})

t.test('one person has a bounded number of undecided requests', async (t) => {
  const { a, actions } = await openHouse({ approvals: { per_person: 2 } })
  const { approval } = await a.request(asks('u1'))
  await a.request(asks('u1', { logical: 'hmac:2' }))
  const third = asks('u1', { logical: 'hmac:3' })
  await t.rejects(a.request(third), { code: 'TW_APPROVAL_TOO_MANY', status: 429 })
  await a.request(asks('u2', { logical: 'hmac:3' }))
  await a.decide(approval.id, r1, no)
  await a.request(third)
  t.equal(actions().length, 5)
})

t.test('nobody decides on their own request, however they come', async (t) => {
  const { a } = await openHouse({}, [{ ...r2.person, email: 'r2@example.com' }])
  const own = async (requester: Identity, reviewer: Identity) => {
    const { approval } = await a.request(asks('x', { identity: requester }))
    await t.rejects(a.decide(approval.id, reviewer, yes), { code: 'TW_APPROVAL_OWN' })
    await t.rejects(a.decide(approval.id, reviewer, no), { code: 'TW_APPROVAL_OWN' })
  }
  await own(r1, { ...r1, credential: { ...r1.credential, id: 'hmac:another', kind: 'oidc' } })
  await own(identityOf('alt', { email: 'R1@example.com' }), identityOf('r1', { email: 'r1@example.com' }))
  await own(identityOf('bot', { kind: 'service', owner: 'r1' }), r1)
  const second = identityOf('second', { email: 'r2@example.com', roles: ['trace-owner'] })
  await own(identityOf('bot2', { kind: 'service', owner: 'r2' }), second)
})

t.test('only people in the groups asked decide', async (t) => {
  const { a } = await openHouse()
  const { approval } = await a.request(asks('u1'))
  const machine = identityOf('m', { kind: 'service', roles: ['trace-owner'] })
  for (const other of [identityOf('u2'), identityOf('r3'), machine])
    await t.rejects(a.decide(approval.id, other, yes), { code: 'TW_APPROVAL_NOT_REVIEWER' })
  const byRole = identityOf('z', { roles: ['trace-owner'] })
  t.match(await a.decide(approval.id, byRole, yes), { status: 'approved' })
})

t.test('groups are asked about their collections only; what nobody could decide is not asked', async (t) => {
  const { a } = await openHouse()
  const reviewers = ['search-team', 'security']
  const groupsOf = async (connection: string, collection: string) =>
    (await a.request(asks('u1', { connection, collection, reviewers }))).approval.groups
  t.same(await groupsOf('mlflow', '1'), ['security', 'search-team'])
  t.same(await groupsOf('phoenix', 'search-eu'), ['security', 'search-team'])
  t.same(await groupsOf('mlflow', '10'), ['security'])
  const nobody = asks('u1', { reviewers: ['search-team'], collection: '2' })
  await t.rejects(a.request(nobody), { code: 'TW_APPROVAL_NOBODY' })
})

t.test('minimum approvals are of different persons, once each over all groups and ways in', async (t) => {
  const { a, actions } = await openHouse({ approvals: { minimum: 2 } })
  const { approval } = await a.request(asks('u1', { reviewers: ['owners', 'security'] }))
  t.match(await a.decide(approval.id, r1, wide), { status: 'pending', grant: undefined })
  const bySlack: Identity = { ...r1, credential: { ...r1.credential, kind: 'slack', id: 'slack:T:U' } }
  await t.rejects(a.decide(approval.id, bySlack, { ...yes, via: 'slack' }), { code: 'TW_APPROVAL_TWICE' })
  const done = await a.decide(approval.id, r2, { ...wide, duration: 60e3 })
  const expires = new Date(NOW + 60e3).toISOString()
  t.match(done, { status: 'approved', grant: { scope: 'time', expires } }, 'the narrowest of what they gave')
  t.same(actions(), ['approval-request', 'approval-grant', 'approval-grant'])
})

t.test('a denial decides at once, and nothing is decided twice', async (t) => {
  const { a, b } = await openHouse({ approvals: { minimum: 2 } })
  const { approval } = await a.request(asks('u1'))
  t.match(await a.decide(approval.id, r1, no), { status: 'denied' })
  await t.rejects(b.decide(approval.id, r2, yes), { code: 'TW_APPROVAL_DECIDED' })
  await t.rejects(b.decide('apr_none-1', r2, yes), { code: 'TW_APPROVAL_UNKNOWN', status: 404 })
})

t.test('high-risk is decided on the console after a fresh sign-in', async (t) => {
  const { a, pass } = await openHouse()
  const { approval } = await a.request(asks('u1', { fields: ['prompt'] }))
  t.ok(approval.highRisk)
  const slack: ApprovalVerdict = { ...yes, via: 'slack' }
  await t.rejects(a.decide(approval.id, r1, slack), { code: 'TW_APPROVAL_CONSOLE', hint: /console/ })
  pass(16 * 60e3)
  await t.rejects(a.decide(approval.id, r1, yes), { code: 'TW_APPROVAL_STALE_SIGN_IN' })
  const fresh = { ...r1, credential: { ...r1.credential, authenticated: NOW + 10 * 60e3 } }
  t.match(await a.decide(approval.id, fresh, yes), { status: 'approved', grant: { fields: ['prompt'] } })
})

t.test('a decision has a reason, and a grant its bounds', async (t) => {
  const { a } = await openHouse()
  const { approval } = await a.request(asks('u1'))
  const refused: [Partial<ApprovalVerdict>, string][] = [
    [{ reason: '  ' }, 'TW_APPROVAL_REASON'],
    [{ reason: 'x'.repeat(501) }, 'TW_APPROVAL_REASON'],
    [{ scope: 'time', duration: 9 * 3600e3 }, 'TW_APPROVAL_SCOPE'],
    [{ scope: 'time', duration: 0 }, 'TW_APPROVAL_SCOPE'],
    [{ scope: 'time', duration: Number.NaN }, 'TW_APPROVAL_SCOPE'],
    [{ scope: 'time', traces: 1e6 }, 'TW_APPROVAL_SCOPE'],
    [{ scope: 'once', traces: 5 }, 'TW_APPROVAL_SCOPE'],
  ]
  for (const [verdict, code] of refused)
    await t.rejects(a.decide(approval.id, r1, { ...yes, ...verdict }), { code })
  t.match(await a.get(approval.id), { status: 'pending', decisions: [] })
})

t.test('a time-boxed grant is used until it ends, for the traces approved', async (t) => {
  const { a, b, pass } = await openHouse()
  const { approval } = await a.request(asks('u1'))
  const { grant } = await a.decide(approval.id, r1, wide)
  t.equal(await a.claim(grant!, ['t1', 't2']), true)
  t.equal(await b.claim(grant!, ['t2']), true)
  t.equal(await b.claim(grant!, ['t2', 't3']), false)
  pass(600e3)
  t.equal(await a.claim(grant!, ['t1']), false)
  t.equal(await b.find(bound(grant!)), undefined)
})

t.test('a reviewer may let one query have a number of traces over all its pages', async (t) => {
  const { a, b } = await openHouse()
  const { approval } = await a.request(asks('u1'))
  const { grant } = await a.decide(approval.id, r1, { ...wide, traces: 3 })
  t.match(grant, { maxTraces: 3, traceIds: undefined, content: undefined })
  t.equal(await a.claim(grant!, ['t1', 't2']), true)
  t.equal(await b.claim(grant!, ['t2', 't9']), true)
  t.equal(await a.claim(grant!, ['t10']), false)
  t.equal(await a.claim(grant!, ['t9']), true)
})

t.test('revoking kills the grant; requester, reviewers and admins may', async (t) => {
  const { a, b, actions } = await openHouse()
  const { approval } = await a.request(asks('u1'))
  const { grant } = await a.decide(approval.id, r1, wide)
  t.equal(await b.claim(grant!, ['t1']), true)
  await t.rejects(a.revoke(approval.id, identityOf('u2'), 'why not'), { code: 'TW_APPROVAL_NOT_YOURS' })
  await t.rejects(a.revoke(approval.id, r2, ' '), { code: 'TW_APPROVAL_REASON' })
  t.match(await a.revoke(approval.id, r2, 'over'), { status: 'revoked' })
  t.equal(await b.claim(grant!, ['t1']), false)
  t.equal(await b.find(bound(grant!)), undefined)
  await t.rejects(a.revoke(approval.id, r2, 'again'), { code: 'TW_APPROVAL_DECIDED' })
  const mine = await a.request(asks('u1'))
  t.match(await a.revoke(mine.approval.id, identityOf('u1'), 'not needed'), { status: 'revoked' })
  const theirs = await a.request(asks('u1'))
  await a.revoke(theirs.approval.id, identityOf('boss', { roles: ['admin'] }), 'no')
  t.equal(actions().filter((x) => x === 'approval-revoke').length, 3)
})

t.test('undecided requests expire, swept or not, with one event each', async (t) => {
  const { a, b, pass, actions } = await openHouse()
  const { approval } = await a.request(asks('u1'))
  await a.sweep()
  pass(30 * 60e3)
  t.match(await a.get(approval.id), { status: 'expired' })
  t.same((await a.list({ status: 'pending', limit: 10 })).approvals, [])
  await t.rejects(a.decide(approval.id, r1, yes), { code: 'TW_APPROVAL_DECIDED' })
  await Promise.all([a.sweep(), b.sweep()])
  await a.sweep()
  t.same(actions(), ['approval-request', 'approval-expire'])
  t.match((await a.list({ status: 'expired', limit: 10 })).approvals, [{ id: approval.id }])
})

t.test('waiting ends with the decision, here or on another replica, with time or the client', async (t) => {
  const { a, b } = await openHouse()
  const { approval } = await a.request(asks('u1'))
  t.match(await a.wait(approval.id, 0), { status: 'pending' })
  t.match(await a.wait(approval.id, 60e3, AbortSignal.abort()), { status: 'pending' })
  const here = a.wait(approval.id, 60e3)
  const elsewhere = b.wait(approval.id, 60e3)
  await a.decide(approval.id, r1, yes)
  t.match(await here, { status: 'approved' })
  t.match(await elsewhere, { status: 'approved' })
  const gone = new AbortController()
  const { approval: other } = await a.request(asks('u2'))
  const left = a.wait(other.id, 60e3, gone.signal)
  gone.abort()
  t.match(await left, { status: 'pending' })
})

t.test('a grant is for its person, connection, collection and query', async (t) => {
  const { a } = await openHouse()
  const { approval } = await a.request(asks('u1'))
  const { grant } = await a.decide(approval.id, r1, wide)
  const exact = bound(grant!)
  t.ok(await a.find(exact))
  const { collection: _, ...nowhere } = exact
  const others = [
    { ...exact, person: 'https://id.test#u2' },
    { ...exact, connection: 'phoenix' },
    { ...exact, collection: '2' },
    { ...exact, logical: 'hmac:x' },
    nowhere,
  ]
  for (const other of others) t.equal(await a.find(other), undefined)
})

t.test('a grant changed on its way or written into the store is no grant', async (t) => {
  const { a, store, keyRing } = await openHouse()
  const { approval } = await a.request(asks('u1'))
  const { grant } = await a.decide(approval.id, r1, wide)
  t.equal(await a.claim({ ...grant!, maxTraces: 500 }, ['t1']), false)
  const stored = await store.documents.get<{ body: object; signature: object }>('grant', grant!.id)
  const write = (body: object) =>
    store.documents.put('grant', grant!.id, body, { expect: 'any', keys: stored!.keys, at: stored!.at })
  await write({ ...stored!.body, body: { ...stored!.body.body, grant: { ...grant!, maxTraces: 500 } } })
  t.equal(await a.find(bound(grant!)), undefined)
  await t.rejects(a.claim(grant!, ['t1']), { code: 'TW_APPROVAL_ALTERED' })
  await write(keyRing.sign('grant', 'grt_other', stored!.body.body))
  t.equal(await a.find(bound(grant!)), undefined, 'signed, but under another name')
  t.equal(await a.claim({ ...grant!, id: 'grt_none' }, ['t1']), false)
})

t.test('an old state of a used grant put back into the store does not revive it', async (t) => {
  const { a, store } = await openHouse()
  const { approval } = await a.request(asks('u1'))
  const { grant } = await a.decide(approval.id, r1, yes)
  const unused = await store.documents.get('grant', grant!.id)
  t.equal(await a.claim(grant!, ['t1']), true)
  const { body, keys, at } = unused!
  await store.documents.put('grant', grant!.id, body, { expect: 'any', keys, at })
  t.equal(await a.claim(grant!, ['t1']), false)
  t.equal(await a.find(bound(grant!)), undefined)
})

t.test('an approval rewritten in the store cannot be decided', async (t) => {
  const { a, store } = await openHouse()
  const { approval } = await a.request(asks('r1'))
  const stored = await store.documents.get<{ body: object }>('approval', approval.id)
  const requester = { ...approval.requester, user: 'u9', person: 'x#u9' }
  const body = { ...stored!.body, body: { ...approval, requester } }
  await store.documents.put('approval', approval.id, body, {
    expect: 'any',
    keys: stored!.keys,
    at: stored!.at,
  })
  await t.rejects(a.decide(approval.id, r1, yes), { code: 'TW_APPROVAL_ALTERED' })
  t.same((await a.list({ limit: 10 })).approvals, [])
})

t.test('what cannot be recorded is not asked and not granted', async (t) => {
  const { a, replica } = await openHouse()
  const full = replica({ emit: async () => Promise.reject(new Error('spool full')) })
  await t.rejects(full.request(asks('u1')), /spool full/)
  t.same((await a.list({ limit: 10 })).approvals, [])
  const { approval } = await a.request(asks('u1'))
  await t.rejects(full.decide(approval.id, r1, yes), /spool full/)
  const decided = await a.get(approval.id)
  t.equal(await a.find(bound(decided!.grant!)), undefined)
  t.equal(await a.claim(decided!.grant!, ['t1']), false)
})

t.test('while the store is down nothing is asked, decided or used', async (t) => {
  const { a, replica, store } = await openHouse()
  const { approval } = await a.request(asks('u1'))
  const { grant } = await a.decide(approval.id, r1, wide)
  const code = 'TW_STORE_UNAVAILABLE'
  const down = () => Promise.reject(Object.assign(new Error('down'), { code }))
  const documents: Documents = { ...store.documents, get: down, put: down, list: down, remove: down }
  const cut = replica({ documents })
  await t.rejects(cut.request(asks('u2')), { code })
  await t.rejects(cut.decide(approval.id, r2, yes), { code })
  await t.rejects(cut.find(bound(grant!)), { code })
  await t.rejects(cut.claim(grant!, ['t1']), { code })
  await t.rejects(cut.wait(approval.id, 10), { code })
})
