import { readFileSync } from 'node:fs'
import type { Answer, Ask, Honest } from './attack.ts'
import { furtherHonest } from './honest-further.ts'
import type { House, Player } from './house.ts'

/** What users do all day. All of it must pass. */
const PLACEHOLDER = /\[(?:hidden: listing|pseudonym:[0-9a-f]+|masked:[\w-]+)\]/
const first = (house: House, n = 0) => house.traces.traces[n]!.trace_id
const one = (name: string, ...steps: Ask[]): Honest => ({ name, steps })
const listed = (name: string, holds: RegExp, ...steps: Ask[]): Honest => ({ name, steps, holds })
const doing = (
  name: string,
  steps: (house: House, me: Player) => Promise<Answer[]>,
  holds?: RegExp,
): Honest => ({ name, steps, ...(holds && { holds }) })

const locations = [{ type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '1' } }]
const mlflow = (path: string, body?: object): Ask => ({
  door: 'mlflow',
  path,
  headers: { 'user-agent': 'mlflow-python-client/3.17' },
  ...(body && { body }),
})
const search = (more: object): Ask =>
  mlflow('/api/3.0/mlflow/traces/search', { locations, max_results: 100, ...more })
const phoenix = (path: string, more: Partial<Ask> = {}): Ask => ({ door: 'phoenix', path, ...more })
const page = (path: string): Ask => phoenix(path, { headers: { accept: 'text/html,application/xhtml+xml' } })
const wire = (name: string): Ask =>
  phoenix('/graphql', {
    body: JSON.parse(
      readFileSync(new URL(`../../fixtures/wire/phoenix/${name}.json`, import.meta.url), 'utf8'),
    ),
  })
const tables = (query: object): Ask =>
  phoenix('/v1/spans?project_name=default', {
    headers: { accept: 'application/json' },
    body: { queries: [query], limit: 1000 },
  })

const approved =
  (ask: (house: House) => Ask) =>
  async (house: House, me: Player): Promise<Answer[]> => {
    const held = await house.ask(ask(house), me)
    if (held.status !== 403) return [held]
    await house.approve(me.user)
    return [await house.ask(ask(house), me)]
  }

export const honest: readonly Honest[] = [
  ...furtherHonest,
  listed('the projects', /support-assistant/, { path: '/projects' }),
  listed('a list', PLACEHOLDER, { path: '/projects/code-agent/traces?limit=20' }),
  listed(
    'a list and its next page',
    /next_cursor|total/,
    { path: '/projects/code-agent/traces?limit=5' },
    { path: '/projects/code-agent/traces?limit=5&cursor=5' },
  ),
  one('a list of everything', { path: '/projects/support-assistant/traces?limit=100' }),
  one('a list of nothing', { path: '/projects/no-such-project/traces' }),
  doing(
    'one trace',
    async (house, me) => [await house.ask({ path: `/traces/${first(house)}` }, me)],
    /"thought"/,
  ),
  doing('ten traces, one after the other', async (house, me) => {
    const answers: Answer[] = []
    for (let i = 0; i < 10; i++) answers.push(await house.ask({ path: `/traces/${first(house, i)}` }, me))
    return answers
  }),
  doing('the same trace ten times', async (house, me) =>
    Promise.all(Array.from({ length: 10 }, () => house.ask({ path: `/traces/${first(house)}` }, me))),
  ),
  doing('one trace by the list of ids', async (house, me) => [
    await house.ask({ path: `/traces?ids=${first(house)}` }, me),
  ]),
  doing('a trace with a slash behind it', async (house, me) => [
    await house.ask({ path: `/traces/${first(house)}/` }, me),
  ]),
  doing('HEAD of a trace', async (house, me) => [
    await house.ask({ method: 'HEAD', path: `/traces/${first(house)}` }, me),
  ]),
  doing(
    'two traces after an approval',
    approved((house) => ({ path: `/traces?ids=${first(house, 3)},${first(house, 4)}` })),
    /"traces":\[\{.*\},\{/,
  ),
  doing(
    'five traces after an approval',
    approved((house) => ({ path: `/traces?ids=${[5, 6, 7, 8, 9].map((n) => first(house, n)).join(',')}` })),
  ),
  doing('an approval for a while, used twice', async (house, me) => {
    const ask = { path: `/traces?ids=${first(house, 11)},${first(house, 12)}` }
    await house.ask(ask, me)
    await house.approve(me.user, { scope: 'time', minutes: 5 })
    return [await house.ask(ask, me), await house.ask(ask, me)]
  }),
  doing('a request that waits while it is approved', async (house, me) => {
    const ask = { path: `/traces?ids=${first(house, 13)},${first(house, 14)}` }
    await house.ask(ask, me)
    const held = house.ask(ask, me)
    await house.approve(me.user)
    const answer = await held
    return [answer.status === 200 ? answer : await house.ask(ask, me)]
  }),
  doing(
    'the state of one’s own request',
    async (house, me) => {
      const held = await house.ask({ path: `/traces?ids=${first(house, 15)},${first(house, 16)}` }, me)
      const url = /"status_url":"([^"]+)"/.exec(held.text)?.[1] ?? '/'
      return [await house.ask({ path: url }, me)]
    },
    /pending/,
  ),
  one('a client that takes gzip', {
    path: '/projects/code-agent/traces',
    headers: { 'accept-encoding': 'gzip, deflate, br' },
  }),
  one('a client that takes anything', {
    path: '/projects',
    headers: { accept: '*/*', 'accept-encoding': 'identity;q=1, *;q=0', te: 'trailers' },
  }),
  one('a conditional request', {
    path: '/projects',
    headers: { 'if-none-match': '"a"', range: 'bytes=0-', 'cache-control': 'no-cache' },
  }),
  one('a proxy before us', {
    path: '/projects',
    headers: {
      'x-forwarded-for': '10.0.0.9',
      via: '1.1 proxy',
      'x-request-id': 'r-1',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    },
  }),
  doing('basic authentication with the token as password', async (house, me) => [
    await house.ask(
      {
        as: 'nobody',
        path: '/projects',
        headers: { authorization: `Basic ${Buffer.from(`me:${me.token}`).toString('base64')}` },
      },
      me,
    ),
  ]),
  doing('Phoenix’s own header', async (house, me) => [
    await house.ask(
      { as: 'nobody', door: 'phoenix', path: '/v1/projects', headers: { api_key: me.token } },
      me,
    ),
  ]),
  doing('an access token of the company', async (house, me) => [
    await house.ask(
      {
        as: 'nobody',
        path: '/projects',
        headers: { authorization: `Bearer ${await house.provider.token()}` },
      },
      me,
    ),
  ]),
  doing('signing in by the page, then by cookie', async (house, me) => {
    const form = await house.ask(
      {
        as: 'nobody',
        path: '/.tracewarden/login',
        headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
        body: `token=${me.token}&next=/projects`,
      },
      me,
    )
    const cookie = String([form.headers['set-cookie']].flat()[0]).split(';')[0]!
    return [
      form,
      await house.ask(
        {
          as: 'nobody',
          path: '/projects',
          headers: { cookie: `theme=dark; ${cookie}`, 'sec-fetch-site': 'same-origin' },
        },
        me,
      ),
    ]
  }),
  one('the sign-in page', { as: 'nobody', path: '/.tracewarden/login' }),
  one('the store’s page', { path: '/', headers: { accept: 'text/html' } }),
  doing('forty requests over kept connections', async (house, me) =>
    Promise.all(Array.from({ length: 40 }, () => house.ask({ path: '/projects' }, me))),
  ),
  one('an empty parameter', { path: '/projects/code-agent/traces?limit=3&cursor=' }),
  doing('the other connection', async (house, me) => [
    await house.ask({ door: 'mirror', path: `/traces/${first(house, 20)}` }, me),
  ]),
  // MLflow, as its SDK and UI ask.
  listed('mlflow: search_traces', PLACEHOLDER, search({})),
  one('mlflow: search with the next page', search({ page_token: 'eyJvZmZzZXQiOiAxfQ==' })),
  one('mlflow: search by state', search({ filter: "status = 'OK'" })),
  one(
    'mlflow: search by time',
    search({ filter: 'timestamp_ms > 1700000000000 AND timestamp_ms <= 1800000000000' }),
  ),
  one('mlflow: search by duration', search({ filter: 'execution_time_ms > 1000' })),
  one('mlflow: newest first', search({ order_by: ['timestamp_ms DESC'] })),
  one('mlflow: slowest first', search({ order_by: ['execution_time_ms DESC', 'timestamp_ms ASC'] })),
  one(
    'mlflow: get_trace',
    mlflow('/api/3.0/mlflow/traces/tr-1'),
    mlflow('/api/3.0/mlflow/traces/get?trace_id=tr-1&allow_partial=False'),
  ),
  one('mlflow: batchGet of one', mlflow('/api/3.0/mlflow/traces/batchGet?trace_ids=tr-1')),
  one(
    'mlflow: the UI’s list',
    mlflow('/ajax-api/3.0/mlflow/traces/search', { locations, max_results: 25 }),
    mlflow('/ajax-api/3.0/mlflow/traces/batchGetInfos', { trace_ids: ['tr-1'] }),
  ),
  one('mlflow: the UI’s artifact', mlflow('/ajax-api/3.0/mlflow/get-trace-artifact?request_id=tr-1')),
  one(
    'mlflow: an older client',
    mlflow('/api/2.0/mlflow/traces?experiment_ids=1&max_results=10'),
    mlflow('/api/2.0/mlflow/traces/tr-1/info'),
  ),
  one(
    'mlflow: counts',
    mlflow('/ajax-api/3.0/mlflow/traces/metrics', {
      experiment_ids: ['1'],
      metric_name: 'trace_count',
      dimensions: ['trace_status'],
    }),
  ),
  one(
    'mlflow: experiments',
    mlflow('/api/2.0/mlflow/experiments/search', { max_results: 10 }),
    mlflow('/api/2.0/mlflow/experiments/get?experiment_id=1'),
  ),
  one(
    'mlflow: runs',
    mlflow('/api/2.0/mlflow/runs/search', {
      experiment_ids: ['1'],
      max_results: 10,
      order_by: ['attributes.start_time DESC'],
    }),
  ),
  one('mlflow: logging a trace', {
    door: 'mlflow',
    method: 'POST',
    path: '/v1/traces',
    body: 'protobuf',
    headers: { 'content-type': 'application/x-protobuf', 'x-mlflow-experiment-id': '1' },
  }),
  one(
    'mlflow: the UI',
    { door: 'mlflow', path: '/', headers: { accept: 'text/html' } },
    { door: 'mlflow', path: '/static-files/static/js/main.js' },
  ),
  // Phoenix, as its client and UI ask.
  ...[
    'ProjectsPageQuery',
    'ProjectPageQueriesSpansQuery',
    'ProjectPageQueriesTracesQuery',
    'SpanDetailsQuery',
    'SpansTableAsideQuery',
    'SpanCountTimeSeriesQuery',
    'TraceDetailsQuery',
    'authenticatedRootLoaderQuery',
  ].map((name) => one(`phoenix: ${name}`, wire(name))),
  one('phoenix: the projects', phoenix('/v1/projects'), phoenix('/v1/projects/default')),
  one(
    'phoenix: spans of one trace',
    phoenix('/v1/projects/default/spans?trace_id=7bc2cc7cbd1d53bbf70fa9462963bd70&limit=100'),
  ),
  one('phoenix: spans by structure', phoenix('/v1/projects/default/spans?span_kind=LLM&limit=1')),
  one('phoenix: traces', phoenix('/v1/projects/default/traces?limit=50&sort=start_time&order=desc')),
  one('phoenix: sessions', phoenix('/v1/projects/default/sessions?limit=10')),
  one(
    'phoenix: get_spans_dataframe of a trace',
    tables({ filter: { condition: "trace_id == '7bc2cc7cbd1d53bbf70fa9462963bd70'" } }),
  ),
  one(
    'phoenix: a dataframe by kind',
    tables({ filter: { condition: "span_kind == 'LLM' and parent_id is not None" } }),
  ),
  one('phoenix: a dataframe by duration', tables({ filter: { condition: 'latency_ms > 1000' } })),
  one(
    'phoenix: the UI by GET',
    phoenix(`/graphql?query=${encodeURIComponent('{ viewer { id username } }')}`),
  ),
  one('phoenix: pages', page('/'), page('/projects/UHJvamVjdDoy/spans'), page('/settings/general')),
  one(
    'phoenix: writing a note',
    phoenix('/v1/span_notes', { body: { data: { span_id: 'a', note: 'fine' } } }),
  ),
  one('phoenix: logging spans', {
    door: 'phoenix',
    method: 'POST',
    path: '/v1/traces',
    body: 'protobuf',
    headers: { 'content-type': 'application/x-protobuf' },
  }),
  // The console.
  { name: 'console: one’s own approvals', steps: [{ door: 'console', path: '/api/v1/approvals' }] },
  {
    name: 'console: alerts, sessions, events',
    steps: ['alerts', 'sessions', 'events'].map((path) => ({
      door: 'console',
      as: 'auditor',
      path: `/api/v1/${path}`,
    })),
  },
  {
    name: 'console: health',
    steps: [
      { door: 'console', path: '/api/v1/health' },
      { door: 'console', as: 'nobody', path: '/healthz' },
    ],
  },
]
