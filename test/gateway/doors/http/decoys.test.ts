import t from 'tap'
import type { Handler } from './house.ts'
import { answerJson, house, until } from './house.ts'

const info = (n: number) => ({
  trace_id: `tr-${String(n).padStart(32, '0')}`,
  trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '7' } },
  request_time: `2026-11-${String(30 - n).padStart(2, '0')}T10:00:00Z`,
  state: 'OK',
  request_preview: 'a question',
})
const whole = (id: string) => ({
  trace_info: { ...info(1), trace_id: id },
  spans: [{ name: `span of ${id}` }],
})

/** Five traces in pages, as MLflow sends them. */
const mlflow =
  (seen: string[]): Handler =>
  (req, res) => {
    seen.push(req.url ?? '')
    const url = new URL(req.url ?? '', 'http://store')
    let body = ''
    req.on('data', (chunk) => {
      body += chunk
    })
    req.on('end', () => {
      seen.push(body)
      if (url.pathname.endsWith('/batchGet'))
        return answerJson(res, { traces: url.searchParams.getAll('trace_ids').map(whole) })
      if (url.pathname.endsWith('/get'))
        return answerJson(res, { trace: whole(url.searchParams.get('trace_id') ?? '') })
      const { max_results: max = 100, page_token: token = '0' } = JSON.parse(body || '{}')
      const from = Number(token)
      const traces = [1, 2, 3, 4, 5].map(info).slice(from, from + max)
      answerJson(res, {
        ...(traces.length ? { traces } : {}),
        ...(from + max < 5 ? { next_page_token: String(from + max) } : {}),
      })
    })
  }

t.test('a decoy stands in lists, is answered by the gateway, and told when it is touched', async (t) => {
  const seen: string[] = []
  const canary = { name: 'salaries', connections: ['store'], plant: { in: ['7'], bait: 'aws-key' } }
  const h = await house(t, {
    backend: mlflow(seen),
    connection: { profile: 'mlflow', routes: [] },
    policy: { builtin: { approve_multiple: false }, canaries: [canary] },
  })
  const [decoy] = h.decoys()
  const id = decoy!.id
  const told = () => h.told('canary-read')
  const json = { 'content-type': 'application/json' }
  const search = async (more: object, experiment = '7') => {
    const locations = [{ type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: experiment } }]
    const body = JSON.stringify({ locations, ...more })
    const answer = await h.get('/api/3.0/mlflow/traces/search', { method: 'POST', body, headers: json })
    const page: { traces?: { trace_id: string; request_preview: string }[]; next_page_token?: string } =
      JSON.parse(answer.text)
    return { ...page, ids: page.traces?.map((trace) => trace.trace_id) ?? [] }
  }

  t.match(id, /^tr-[0-9a-f]{32}$/)
  t.equal((await search({})).ids.at(-1), id, 'it ends the list')
  const pages: string[][] = []
  for (let token: string | undefined = ''; token !== undefined; ) {
    const page = await search({ max_results: 2, ...(token ? { page_token: token } : {}) })
    pages.push(page.ids)
    token = page.next_page_token
  }
  t.same(
    pages.map((page) => page.length),
    [2, 2, 2],
    'pages keep their size and cursors',
  )
  t.equal(pages.flat().filter((each) => each === id).length, 1, 'once over all pages')
  t.same((await search({ max_results: 5 })).ids.length, 5, 'and never more than was asked for')
  t.notOk((await search({}, '8')).ids.includes(id), 'nor elsewhere')
  t.notOk((await search({ filter: "trace.status = 'OK'" })).ids.includes(id), 'nor under a filter')
  const listed = (await search({})).traces?.at(-1)
  t.equal(listed?.request_preview, (await search({})).traces?.[0]?.request_preview, 'hidden like the others')
  t.same(told(), [], 'lists are no matter')

  seen.length = 0
  const read = await h.get(`/api/3.0/mlflow/traces/get?trace_id=${id}&allow_partial=False`)
  t.equal(read.status, 200)
  t.match(JSON.parse(read.text).trace, { trace_info: { trace_id: id }, spans: { length: 3 } })
  const [key = '', secret = ''] = decoy!.bait!.value.split(' ')
  t.ok(
    read.text.includes(key) && read.text.includes(secret),
    'with the bait, which masking would have hidden',
  )
  t.notOk(read.text.includes(decoy!.bait!.standIn))
  t.same(seen, [], 'the store is not asked')
  t.match(told(), [
    {
      event: { outcome: 'success', reason: 'canary salaries' },
      user: { id: 'ann' },
      tracewarden: { canary: { name: 'salaries', kind: 'trace', decoy: id }, traces: { ids: [id] } },
    },
  ])
  t.notOk(JSON.stringify(h.events).includes(secret), 'no event holds the bait')

  const other = info(1).trace_id
  const both = await h.get(`/api/3.0/mlflow/traces/batchGet?trace_ids=${other}&trace_ids=${id}`)
  t.same(
    new Set(
      JSON.parse(both.text).traces.map(
        (one: { trace_info: { trace_id: string } }) => one.trace_info.trace_id,
      ),
    ),
    new Set([id, other]),
  )
  t.same(
    seen.filter((line) => line.includes('trace_ids')),
    [`/api/3.0/mlflow/traces/batchGet?trace_ids=${other}`],
    'the store is asked for what it has',
  )
  t.equal(told().length, 2)
  t.equal(h.told('trace-read').at(-1)?.tracewarden.traces?.count, 2, 'counted like the others')

  await h.get(`/api/3.0/mlflow/traces/get?trace_id=${other}`)
  t.equal(told().length, 2, 'honest reads are no matter')
})

t.test('a decoy’s credential is told wherever it is presented', async (t) => {
  const h = await house(t, {
    backend: mlflow([]),
    connection: { profile: 'mlflow', routes: [] },
    policy: {
      canaries: [
        { name: 'keys', plant: { in: ['7'], bait: 'tracewarden-token' } },
        { name: 'hr', plant: { in: ['7'], bait: 'database-url' } },
      ],
    },
  })
  const [keys, hr] = h.decoys()
  const told = () => h.told('canary-read').map((e) => [e.user?.id, e.event.outcome, e.tracewarden.canary])
  h.newMinute()
  const answer = await h.get('/api/2.0/mlflow/experiments/search?max_results=1', {
    token: keys!.bait!.value,
  })
  t.equal(answer.status, 401)
  await until(() => told().length > 0)
  t.match(told(), [['(unauthenticated)', 'failure', { name: 'keys', kind: 'credential', decoy: keys!.id }]])

  const password = hr!.bait!.marks[0]!
  const filter = `trace.text LIKE '%${password}%'`
  const body = JSON.stringify({ locations: [], filter })
  const search = await h.get('/api/3.0/mlflow/traces/search', {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json' },
  })
  t.equal(search.status, 403, 'an oracle is refused as ever')
  t.match(told()[1], ['ann', 'failure', { name: 'hr', kind: 'credential' }])
  t.equal(h.told('canary-read')[1]?.event.reason, 'canary hr: its credential was used')

  for (let i = 0; i < 5; i++) await h.get('/', { token: keys!.bait!.value })
  t.ok(told().length <= 2 + 3, 'a flood of it stays within the quota of strangers')
})

t.test('decoys are the same each time they are made, and others for another key', async (t) => {
  const canaries = [{ name: 'hr', plant: { in: ['p'] } }]
  const one = await house(t, { connection: { profile: 'phoenix', routes: [] }, policy: { canaries } })
  const two = await house(t, { connection: { profile: 'phoenix', routes: [] }, policy: { canaries } })
  t.same(one.decoys()[0]!.id, one.decoys()[0]!.id)
  t.not(one.decoys()[0]!.id, two.decoys()[0]!.id)
  t.match(one.decoys()[0]!.id, /^[0-9a-f]{32}$/)
})

t.test('Phoenix lists a decoy among traces and answers its spans', async (t) => {
  const seen: string[] = []
  const trace = (n: number) => ({
    id: `node-${n}`,
    trace_id: String(n).padStart(32, '0'),
    project_id: 'UHJvamVjdDoy',
    start_time: `2026-11-2${n}T10:00:00+00:00`,
    spans: null,
  })
  const h = await house(t, {
    backend(req, res) {
      seen.push(req.url ?? '')
      const spans = req.url?.includes('/spans')
      answerJson(res, { data: spans ? [] : [trace(2), trace(1)], next_cursor: null })
    },
    connection: { profile: 'phoenix', routes: [] },
    policy: {
      builtin: { approve_multiple: false },
      canaries: [{ name: 'hr', plant: { in: ['support'], bait: 'github-token' } }],
    },
  })
  const { id, bait } = h.decoys()[0]!
  const list = JSON.parse((await h.get('/v1/projects/support/traces?limit=3')).text)
  t.same(
    list.data.map((one: { trace_id: string }) => one.trace_id),
    [trace(2).trace_id, trace(1).trace_id, id],
  )
  t.equal(list.data[2].project_id, 'UHJvamVjdDoy', 'like its neighbours')
  const few = JSON.parse((await h.get('/v1/projects/support/traces?limit=2')).text)
  t.equal(few.data.length, 2, 'not where there is no room')
  t.equal(h.told('canary-read').length, 0)
  for (const kind of ['spans', 'spans/otlpv1']) {
    const read = await h.get(`/v1/projects/support/${kind}?trace_id=${id}`)
    t.equal(JSON.parse(read.text).data.length, 3, kind)
    t.ok(read.text.includes(bait!.value))
  }
  t.same(
    seen.filter((url) => url.includes('/spans')),
    [],
  )
  t.equal(h.told('canary-read').length, 2)
})
