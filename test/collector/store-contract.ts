import type { Test } from 'tap'
import { contentDigest, type Store } from '../../collector/port.ts'
import type { SessionEvent } from '../../core/event.ts'
import { sample } from './samples.ts'

const later = (_: unknown, i: number) => sample(i + 4)

async function all(store: Store): Promise<SessionEvent[]> {
  const found: SessionEvent[] = []
  let cursor = {}
  for (;;) {
    const page = await store.read(cursor, 250)
    if (page.events.length === 0) return found
    found.push(...page.events)
    cursor = page.cursor
  }
}

/** What every store does alike. `open` gives a fresh, empty one, which the suite closes. */
export function storeContract(t: Test, open: (t: Test) => Promise<Store>): void {
  const fresh = async (t: Test) => {
    const store = await open(t)
    t.teardown(() => store.close())
    return store
  }

  t.test('an event is stored once, however often it is delivered', async (t) => {
    const store = await fresh(t)
    t.same(await store.append([sample(1), sample(2)]), [{ status: 'created' }, { status: 'created' }])
    const again = sample(2, { ingested: '2026-01-05T10:00:00.000Z' })
    t.same(await store.append([again, sample(3)]), [{ status: 'duplicate' }, { status: 'created' }])
    t.same(await store.append([sample(4), sample(4)]), [{ status: 'created' }, { status: 'duplicate' }])
    t.equal((await store.search({ limit: 10 })).total, 4)
  })

  t.test('the same id with other content is tampering, and the first stays', async (t) => {
    const store = await fresh(t)
    await store.append([sample(1)])
    const [result] = await store.append([sample(1, { traces: 0 })])
    t.match(result, { status: 'tampered', reason: String })
    t.equal((await store.search({ limit: 1 })).events[0]?.tracewarden.traces?.count, 1)
  })

  t.test('the same id in another month is still the same id', async (t) => {
    const store = await fresh(t)
    await store.append([sample(1)])
    const [result] = await store.append([sample(1, { at: '2026-02-01T00:00:00.000Z' })])
    const stored = (await store.read({}, 10)).events
    t.ok(result?.status === 'tampered' || stored.length === 2, 'seen at once, or as two of one sequence')
  })

  t.test('an event that nobody could read is refused, and stops no other', async (t) => {
    const store = await fresh(t)
    const { chain: _chain, ...bare } = sample(1).tracewarden
    const results = await store.append([{ ...sample(1), tracewarden: bare }, sample(2)])
    t.match(results, [{ status: 'rejected', reason: String }, { status: 'created' }])
  })

  t.test('nothing of an event is lost on the way', async (t) => {
    const store = await fresh(t)
    const event = { ...sample(1), extra: { nested: ['ü', 1.5, null], 'dotted.key': '\u0000\u2028"' } }
    await store.append([event])
    t.same((await store.read({}, 10)).events, [event])
    t.same((await store.search({ limit: 10, ids: [event.event.id] })).events, [event])
  })

  t.test('reading goes forward by chain, and a late chain is not skipped', async (t) => {
    const store = await fresh(t)
    await store.append([1, 2, 3].map((n) => sample(n)))
    const first = await store.read({}, 2)
    t.same(
      first.events.map((event) => event.event.sequence),
      [1, 2],
    )
    await store.append([sample(1, { chain: 'gw-b', at: '2020-01-01T00:00:00.000Z' })])
    const second = await store.read(first.cursor, 10)
    t.same(second.events.map((event) => event.event.id).sort(), ['gw-a.3.test', 'gw-b.1.test'])
    t.same(second.cursor, { 'gw-a': 3, 'gw-b': 1 })
    t.same(await store.read(second.cursor, 10), { events: [], cursor: second.cursor })
  })

  t.test('a busy chain does not starve another', async (t) => {
    const store = await fresh(t)
    await store.append(Array.from({ length: 40 }, (_, i) => sample(i + 1)))
    await store.append([sample(1, { chain: 'gw-b' })])
    const { events } = await store.read({}, 10)
    t.ok(events.some((event) => event.tracewarden.chain?.id === 'gw-b'))
  })

  t.test('reading waits at a fresh gap and passes an old one', async (t) => {
    const store = await fresh(t)
    // Patience counts from either side of now: ahead of it there is more time to look.
    const fresh_ = new Date(Date.now() + 50_000).toISOString()
    await store.append([sample(1), sample(3, { ingested: fresh_ }), sample(4, { ingested: fresh_ })])
    t.same((await store.read({}, 10)).cursor, { 'gw-a': 1 })
    await store.append([sample(2)])
    t.same((await store.read({}, 10)).cursor, { 'gw-a': 4 })
    await store.append([sample(9, { ingested: '2026-01-05T10:00:00.000Z' })])
    t.same((await store.read({}, 10)).cursor, { 'gw-a': 9 })
  })

  t.test('search finds by each field, newest first, page by page', async (t) => {
    const store = await fresh(t)
    await store.append([
      sample(1, { user: 'u00002', session: 's2', action: 'trace-search', outcome: 'failure' }),
      sample(2, { connection: 'mlflow', collection: 'fraud-model', reason: 'Filter on a hidden field' }),
      sample(3, { rules: ['block-export'], shape: 'GET /v1/datasets/?/csv' }),
      sample(1, { chain: 'gw-b' }),
    ])
    const found = async (query: Parameters<Store['search']>[0]) =>
      (await store.search(query)).events.map((event) => event.event.id)
    t.same(await found({ user: 'u00002', limit: 9 }), ['gw-a.1.test'])
    t.same(await found({ session: 's2', limit: 9 }), ['gw-a.1.test'])
    t.same(await found({ actions: ['trace-search', 'login'], limit: 9 }), ['gw-a.1.test'])
    t.same(await found({ outcome: 'failure', limit: 9 }), ['gw-a.1.test'])
    t.same(await found({ connection: 'mlflow', limit: 9 }), ['gw-a.2.test'])
    t.same(await found({ collection: 'fraud-model', limit: 9 }), ['gw-a.2.test'])
    t.same(await found({ chain: 'gw-b', limit: 9 }), ['gw-b.1.test'])
    t.same(await found({ from: '2026-01-05T09:00:02.000Z', to: '2026-01-05T09:00:03.000Z', limit: 9 }), [
      'gw-a.2.test',
    ])
    t.same(await found({ text: 'hidden filter', limit: 9 }), ['gw-a.2.test'])
    t.same(await found({ text: 'block-exp', limit: 9 }), ['gw-a.3.test'])
    t.same(await found({ text: 'datasets csv', limit: 9 }), ['gw-a.3.test'])
    t.same(await found({ text: 'nothing like it', limit: 9 }), [])
    t.same(await found({ text: '" OR NEAR( *', limit: 9 }), [])
    const first = await store.search({ limit: 3 })
    t.equal(first.total, 4)
    t.equal(first.events[0]?.event.id, 'gw-a.3.test')
    const second = await store.search({ limit: 3, ...(first.next ? { after: first.next } : {}) })
    t.equal(second.events.length, 1)
    t.equal(new Set([...first.events, ...second.events].map((event) => event.event.id)).size, 4)
    await t.rejects(store.search({ limit: 3, after: '(no page)' }), { code: 'TW_STORE_INVALID' })
  })

  t.test('aggregates are sums and counts by group', async (t) => {
    const store = await fresh(t)
    await store.append([
      sample(1, { traces: 3, bytes: 10 }),
      sample(2, { traces: 4, bytes: 10, at: '2026-01-05T10:30:00.000Z' }),
      sample(3, { traces: 5, bytes: 10, user: 'u00002', at: '2026-01-06T00:00:00.000Z' }),
    ])
    t.same(await store.aggregate({ groupBy: ['user'], limit: 10 }), [
      row(['u00001'], 2, 7, 20, '2026-01-05T09:00:01.000Z', '2026-01-05T10:30:00.000Z'),
      row(['u00002'], 1, 5, 10, '2026-01-06T00:00:00.000Z'),
    ])
    t.same(await store.aggregate({ groupBy: ['day', 'user'], user: 'u00002', limit: 10 }), [
      row(['2026-01-06T00:00:00.000Z', 'u00002'], 1, 5, 10, '2026-01-06T00:00:00.000Z'),
    ])
    const hours = await store.aggregate({ groupBy: ['hour'], limit: 2 })
    t.same(
      hours.map(({ key }) => key),
      [['2026-01-05T09:00:00.000Z'], ['2026-01-05T10:00:00.000Z']],
    )
    t.same(await store.aggregate({ groupBy: [], limit: 10 }), [
      row([], 3, 12, 30, '2026-01-05T09:00:01.000Z', '2026-01-06T00:00:00.000Z'),
    ])
    t.same(await store.aggregate({ groupBy: [], user: 'nobody', limit: 10 }), [])
  })

  t.test('retention drops whole months and no more', async (t) => {
    const store = await fresh(t)
    await store.append([
      sample(1, { at: '2025-11-30T23:59:59.999Z' }),
      sample(2, { at: '2025-12-01T00:00:00.000Z', reason: 'december' }),
      sample(3, { at: '2026-01-01T00:00:00.000Z' }),
    ])
    t.same(await store.retain('2025-12-31T23:59:59.999Z'), ['2025-11'])
    t.same(await store.retain('2026-01-20T00:00:00.000Z'), ['2025-12'])
    t.same(
      (await store.search({ limit: 9 })).events.map((event) => event.event.sequence),
      [3],
    )
    t.equal((await store.search({ text: 'december', limit: 9 })).total, 0)
  })

  t.test('a person is taken out of the events, which stay where and what they were', async (t) => {
    const store = await fresh(t)
    const unfit = sample(3, { bytes: 1e19 })
    const events = [sample(1), sample(2, { user: 'u00002' }), unfit, ...Array.from({ length: 600 }, later)]
    await store.append(events)
    t.equal(await store.erase('u00001'), 602)
    t.equal(await store.erase('u00001'), 0, 'there is nothing left to take')
    const stored = await all(store)
    for (const event of stored) {
      const { email, ...user } = event.user ?? {}
      t.equal(email === undefined, user.id === 'u00001', event.event.id)
    }
    const text = JSON.stringify(stored.filter(({ user }) => user?.id === 'u00001'))
    t.notMatch(text, /example\.com|Uma One|10\.0\.0\.7|test\/1/)
    t.same(stored.map(contentDigest), events.map(contentDigest))
    t.equal((await store.search({ text: 'uma one', limit: 1 })).total, 1, 'nor is it found by it')
    t.same(await store.append([sample(1), unfit]), [{ status: 'duplicate' }, { status: 'duplicate' }])
  })

  t.test('documents are written only over the version that was read', async (t) => {
    const { documents } = await fresh(t)
    const at = '2026-01-05T09:00:00.000Z'
    const one = await documents.put('grant', 'g/1 ü', { n: 1 }, { expect: 'absent', at, keys: { a: 'x' } })
    await t.rejects(documents.put('grant', 'g/1 ü', { n: 2 }, { expect: 'absent', at }), {
      code: 'TW_STORE_CONFLICT',
    })
    const two = await documents.put('grant', 'g/1 ü', { n: 2 }, { expect: one, at, keys: { a: 'y' } })
    t.not(one, two)
    await t.rejects(documents.put('grant', 'g/1 ü', { n: 3 }, { expect: one, at }), {
      code: 'TW_STORE_CONFLICT',
    })
    await t.rejects(documents.put('grant', 'other', {}, { expect: one, at }), { code: 'TW_STORE_CONFLICT' })
    t.same(await documents.get('grant', 'g/1 ü'), {
      id: 'g/1 ü',
      version: two,
      keys: { a: 'y' },
      at,
      body: { n: 2 },
    })
    t.equal(await documents.get('token', 'g/1 ü'), undefined, 'kinds are apart')
    await t.rejects(documents.remove('grant', 'g/1 ü', one), { code: 'TW_STORE_CONFLICT' })
    await documents.remove('grant', 'g/1 ü', two)
    t.equal(await documents.get('grant', 'g/1 ü'), undefined)
    await documents.remove('grant', 'g/1 ü', 'any')
    const three = await documents.put('grant', 'g/1 ü', { n: 1 }, { expect: 'absent', at })
    t.notOk([one, two].includes(three), 'a version never returns')
  })

  t.test('of many writers of one version, one wins', async (t) => {
    const { documents } = await fresh(t)
    const at = '2026-01-05T09:00:00.000Z'
    const start = await documents.put('lease', 'p1', { owner: 0 }, { expect: 'absent', at })
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, (_, owner) => documents.put('lease', 'p1', { owner }, { expect: start, at })),
    )
    t.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
  })

  t.test('documents are listed newest first, by keys and time, page by page', async (t) => {
    const { documents } = await fresh(t)
    const put = (id: string, at: string, keys: Record<string, string>) =>
      documents.put('approval', id, { id }, { expect: 'any', at, keys })
    await put('a', '2026-01-05T09:00:00.000Z', { status: 'pending', user: 'u1' })
    await put('b', '2026-01-05T11:00:00.000+01:00', { status: 'pending', user: 'u2' })
    await put('c', '2026-01-05T11:00:00.000Z', { status: 'done', user: 'u1' })
    await put('d', '2026-01-05T11:00:00.000Z', { status: 'pending', user: 'u1' })
    const ids = async (query: Parameters<Store['documents']['list']>[1]) =>
      (await documents.list('approval', query)).documents.map(({ id }) => id)
    t.same(await ids({ limit: 9 }), ['d', 'c', 'b', 'a'])
    t.same(await ids({ limit: 9, keys: { status: 'pending' } }), ['d', 'b', 'a'])
    t.same(await ids({ limit: 9, keys: { status: 'pending', user: 'u1' } }), ['d', 'a'])
    t.same(await ids({ limit: 9, from: '2026-01-05T10:00:00Z', to: '2026-01-05T11:00:00Z' }), ['b'])
    await put('a', '2026-01-05T12:00:00.000Z', { status: 'done', user: 'u1' })
    t.same(await ids({ limit: 9, keys: { status: 'pending' } }), ['d', 'b'], 'old keys no longer find it')
    const first = await documents.list('approval', { limit: 3 })
    const second = await documents.list('approval', {
      limit: 3,
      ...(first.next ? { after: first.next } : {}),
    })
    t.same(
      [...first.documents, ...second.documents].map(({ id }) => id),
      ['a', 'd', 'c', 'b'],
    )
  })

  t.test('a store that answers says so', async (t) => {
    const store = await fresh(t)
    await store.init()
    await t.resolves(store.ping())
  })
}

const row = (key: string[], events: number, traces: number, bytes: number, first: string, last = first) => ({
  key,
  events,
  traces,
  bytes,
  first,
  last,
})
