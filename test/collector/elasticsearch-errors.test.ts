import { createServer } from 'node:http'
import t, { type Test } from 'tap'
import { openStore } from '../../collector/port.ts'
import { systemClock } from '../../core/clock.ts'
import { sample } from './samples.ts'
import { log } from './support.ts'

/** What a server in trouble says, on the wire: a healthy one will not say it to order. */
async function trouble(t: Test, answer: (path: string) => { status: number; body: unknown } | undefined) {
  const server = createServer((request, response) => {
    request.resume()
    const { status, body } = answer(request.url ?? '') ?? { status: 200, body: { acknowledged: true } }
    response.writeHead(status, { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' })
    response.end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => new Promise((resolve) => server.close(resolve)))
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  const open = () =>
    openStore(
      { kind: 'elasticsearch', url, prefix: 'tw', replicas: 0 },
      { dataDir: t.testdirName, log, clock: systemClock },
    )
  return open
}

const item = (status: number, type?: string) => ({
  create: { status, ...(type ? { error: { type, reason: 'because' } } : {}) },
})

t.test(
  'one event that is put off puts off the batch: it is sent again, and what was taken is a duplicate',
  async (t) => {
    const open = await trouble(t, (path) =>
      path.startsWith('/_bulk')
        ? { status: 200, body: { items: [item(201), item(429, 'es_rejected_execution_exception')] } }
        : undefined,
    )
    const store = await open()
    await t.rejects(store.append([sample(1), sample(2)]), {
      code: 'TW_STORE_UNAVAILABLE',
      message: /because/,
    })
    await store.close()
  },
)

t.test(
  'a cluster without room for another index is unavailable, not an event that does not fit',
  async (t) => {
    const open = await trouble(t, (path) =>
      path.startsWith('/_bulk')
        ? { status: 200, body: { items: [item(400, 'validation_exception')] } }
        : undefined,
    )
    const store = await open()
    await t.rejects(store.append([sample(1)]), { code: 'TW_STORE_UNAVAILABLE' })
    await store.close()
  },
)

t.test('documents written at once go in one request, and each has its own answer', async (t) => {
  const bulks: string[] = []
  const error = { type: 'version_conflict_engine_exception', reason: 'because' }
  const written = { create: { status: 201, _seq_no: 7, _primary_term: 1 } }
  const open = await trouble(t, (path) => {
    if (!path.includes('_bulk')) return undefined
    bulks.push(path)
    const items = [written, { create: { status: 409, error } }, { create: { status: 429, error } }]
    return { status: 200, body: { errors: true, items } }
  })
  const store = await open()
  const put = (id: string) =>
    store.documents.put('grant', id, {}, { expect: 'absent', at: '2026-01-05T00:00:00Z' })
  const all = await Promise.allSettled(['a', 'b', 'c', 'd'].map(put))
  t.match(all, [
    { status: 'fulfilled', value: '7.1' },
    { reason: { code: 'TW_STORE_CONFLICT' } },
    { reason: { code: 'TW_STORE_UNAVAILABLE', message: /because/ } },
    { reason: { code: 'TW_STORE_UNAVAILABLE' } },
  ])
  t.equal(bulks.length, 1)
  await store.close()
})

t.test('errors of the whole request are told apart', async (t) => {
  for (const [status, code] of [
    [400, 'TW_STORE_INVALID'],
    [413, 'TW_STORE_INVALID'],
    [401, 'TW_STORE_REFUSED'],
    [403, 'TW_STORE_REFUSED'],
    [429, 'TW_STORE_UNAVAILABLE'],
    [503, 'TW_STORE_UNAVAILABLE'],
  ] as const) {
    let healthy = true
    const open = await trouble(t, () =>
      healthy ? undefined : { status, body: { error: { type: 'x', reason: 'y' }, status } },
    )
    const store = await open()
    healthy = false
    await t.rejects(store.append([sample(1)]), { code }, `${status}`)
    await t.rejects(store.read({}, 1), { code }, `${status}`)
    const options = { expect: 'any', at: '2026-01-05T00:00:00Z' } as const
    await t.rejects(store.documents.put('grant', 'a', {}, options), { code }, `${status}`)
    await store.close()
  }
})

t.test('a user without rights is told at the start', async (t) => {
  const open = await trouble(t, () => ({ status: 403, body: { error: { type: 'security_exception' } } }))
  await t.rejects(open(), { code: 'TW_STORE_REFUSED', hint: /password and rights/ })
})
