import t from 'tap'
import { csvFields } from '../../collector/sources/formats/csv.ts'
import { jsonRecords } from '../../collector/sources/formats/json-records.ts'
import fc from '../support/properties.ts'
import { eventsOf, problemsOf, read } from './formats-kit.ts'

t.test('records are found however their JSON is laid out', async (t) => {
  const value = fc.dictionary(
    fc.string(),
    fc.oneof(fc.string(), fc.constant('}]{["\\'), fc.integer(), fc.array(fc.string())),
  )
  const layouts: ((records: object[]) => string)[] = [
    (records) => records.map((each) => JSON.stringify(each)).join('\n'),
    (records) => records.map((each) => JSON.stringify(each, null, 2)).join('\n'),
    (records) => records.map((each) => JSON.stringify(each)).join(''),
    (records) => JSON.stringify(records, null, 1),
    (records) => JSON.stringify({ total: 3, more: [1, [2]], Records: records, next: 'x' }),
    (records) => JSON.stringify({ Records: records }, null, 3),
  ]
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        value.map((more) => ({ id: 1, more })),
        { minLength: 1, maxLength: 5 },
      ),
      fc.constantFrom(...layouts),
      async (records, layout) => {
        async function* lines() {
          for (const [i, text] of layout(records).split('\n').entries())
            yield { file: 'f', line: i + 1, text }
        }
        const found: unknown[] = []
        for await (const { text } of jsonRecords(lines(), 'Records')) found.push(JSON.parse(text!))
        t.same(found, records)
      },
    ),
    { numRuns: 200 },
  )
})

t.test('CSV as PostgreSQL writes it', async (t) => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1 }), (fields) => {
      const text = fields.map((each) => `"${each.replaceAll('"', '""')}"`).join(',')
      t.same(csvFields(text), fields)
    }),
  )
  t.same(csvFields('a,,"b,c",'), ['a', '', 'b,c', ''])
  t.equal(csvFields('a,"b'), undefined)
})

t.test(
  'ECS as Beats and Elastic Agent write it: access, sign-ins and sessions, nested or dotted',
  async (t) => {
    const beat = {
      ecs: { version: '8.11.0' },
      agent: { type: 'filebeat' },
      '@timestamp': '2026-11-20T09:14:03.120Z',
    }
    const web = {
      ...beat,
      event: {
        category: ['web'],
        type: ['access'],
        outcome: 'success',
        dataset: 'nginx.access',
        duration: 5000,
      },
      http: { request: { method: 'GET' }, response: { status_code: 200, body: { bytes: 615 } } },
      url: {
        path: '/v1/projects/p-17/spans',
        original: '/v1/projects/p-17/spans?q=secret-words',
        domain: 'phoenix',
      },
      source: { address: '10.0.0.7', ip: '10.0.0.7' },
      user: { id: '1000', name: 'kim', roles: ['ml'], group: { name: 'search' } },
      user_agent: { original: 'curl/8' },
    }
    const documents = [
      web,
      { ...web, http: { ...web.http, response: { status_code: 403 } } },
      {
        _index: 'logs',
        _id: 'abc',
        _source: { ...beat, 'event.category': 'authentication', 'event.outcome': 'failure' },
      },
      { ...beat, event: { category: ['authentication'], type: ['start'], id: 'x1' }, 'user.name': 'kim' },
      {
        ...beat,
        event: { provider: 's3.amazonaws.com', action: 'GetObject', outcome: 'success', id: 'e7' },
        user: { name: 'kim' },
        aws: {
          cloudtrail: { flattened: { request_parameters: { bucketName: 'traces', key: 'a/b/c.json' } } },
        },
      },
      {
        ...beat,
        event: { category: ['database'], type: ['info'] },
        postgresql: {
          log: { command_tag: 'SELECT', database: 'traces', session_id: '6.1', query: "where id='hush'" },
        },
        user: { name: 'kim' },
      },
      {
        ...beat,
        event: { category: ['file'], type: ['change'] },
        file: { path: '/srv/traces/1.json' },
        user: { name: 'kim' },
      },
      { ...beat, event: { category: ['process'], type: ['start'] }, user: { name: 'kim' } },
      { ...beat, metricset: { name: 'cpu' } },
      { ...web, user: undefined },
      { ...web, '@timestamp': 'yesterday' },
      { event: { action: 'trace-read' } },
    ]
    const content = documents.map((document) => JSON.stringify(document)).join('\n')
    const lines = await read(t, 'ecs', content)
    t.match(eventsOf(lines), [
      {
        event: { action: 'trace-read', outcome: 'success', duration: 5000 },
        user: { id: 'kim', roles: ['ml'], group: { name: 'search' } },
        source: { ip: '10.0.0.7' },
        user_agent: { original: 'curl/8' },
        tracewarden: {
          connection: { name: 'phoenix', protocol: 'http' },
          collection: '/v1/projects/p-17',
          statement: { shape: 'GET /v1/projects/?/spans' },
          bytes: 615,
          session: { id: 'ecs:kim:10.0.0.7:2026-11-20' },
        },
      },
      { event: { action: 'trace-read', outcome: 'failure', reason: 'HTTP 403' } },
      { event: { action: 'auth-failure', id: 'ecs:abc' } },
      { event: { action: 'login', id: 'ecs:x1' }, user: { id: 'kim' } },
      {
        event: { id: 'ecs:e7', action: 'trace-read' },
        tracewarden: { collection: 'traces/a/b', traces: { count: 1, ids: ['a/b/c.json'] } },
      },
      {
        event: { action: 'trace-read' },
        tracewarden: {
          collection: 'traces',
          connection: { protocol: 'postgres' },
          session: { id: 'ecs:6.1' },
        },
      },
      { event: { action: 'trace-write' }, tracewarden: { collection: '/srv/traces' } },
    ])
    t.equal(eventsOf(lines).length, 7, 'what tells of no access, or of nobody, is passed over')
    t.same(
      problemsOf(lines).map(({ line }) => line),
      [11, 12],
    )
    t.notMatch(JSON.stringify(eventsOf(lines)), /secret-words|hush/, 'no literals')
    t.same(eventsOf(await read(t, 'ecs', content)), eventsOf(lines), 'ids are the same each time')
  },
)
