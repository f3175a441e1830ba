import { gzipSync } from 'node:zlib'
import t from 'tap'
import { reconcile } from '../../collector/port.ts'
import { eventsOf, problemsOf, read } from './formats-kit.ts'

const audit = (more = {}) => ({
  timestamp: '2026-11-20 09:14:03.120 UTC',
  user: 'kim',
  dbname: 'traces',
  remote_host: '10.0.0.7',
  session_id: '673da1.1a2b',
  line_num: 3,
  message: `AUDIT: SESSION,1,1,READ,SELECT,TABLE,public.spans,"select content
from spans where id = 'tr-""1'",<none>`,
  application_name: 'psql',
  backend_type: 'client backend',
  ...more,
})

t.test('pgaudit in jsonlog and csvlog says the same, without the statement', async (t) => {
  const other = { ...audit({ line_num: 1 }), message: 'connection authorized: user=kim' }
  const json = await read(t, 'pgaudit', `${JSON.stringify(other)}\n${JSON.stringify(audit())}\n`)
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
  const { message } = audit()
  const csv = await read(
    t,
    'pgaudit',
    `2026-11-20 10:14:03.120 +01,"kim","traces",7,"10.0.0.7:5000",673da1.1a2b,3,"SELECT",2026-11-20 10:00:00 +01,3/4,0,LOG,00000,${quoted(message)},,,,,,,,,"psql","client backend",,0\n`,
  )
  t.same(eventsOf(csv), eventsOf(json))
  t.match(eventsOf(json), [
    {
      '@timestamp': '2026-11-20T09:14:03.120Z',
      event: { id: 'pgaudit:673da1.1a2b:3', action: 'trace-read', outcome: 'success' },
      user: { id: 'kim' },
      source: { ip: '10.0.0.7' },
      user_agent: { original: 'psql' },
      tracewarden: {
        session: { id: 'pgaudit:673da1.1a2b' },
        connection: { name: 'traces', protocol: 'postgres' },
        collection: 'public.spans',
        statement: { shape: 'SELECT TABLE public.spans' },
      },
    },
  ])
  t.notMatch(JSON.stringify(json), /tr-/)
})

t.test('what of a PostgreSQL log cannot be used is told with its line', async (t) => {
  const lines = await read(
    t,
    'pgaudit',
    [
      JSON.stringify(audit({ timestamp: '2026-11-20 09:14:03 CEST' })),
      JSON.stringify(audit({ message: 'AUDIT: SESSION,1,1,"READ' })),
      JSON.stringify(audit({ session_id: undefined })),
      '{"timestamp": nothing}',
      '2026-11-20 LOG:  AUDIT: SESSION,1,1,READ,SELECT,TABLE,public.spans,x,<none>',
      JSON.stringify(audit({ message: 'AUDIT: SESSION,2,1,READ,COPY TO,TABLE,public.spans,copy,<none>,42' })),
    ].join('\n'),
  )
  t.match(problemsOf(lines), [
    { line: 1, problem: /log_timezone = 'UTC'/ },
    { line: 2, problem: /fields of pgaudit/ },
    { line: 3, problem: /session_id/ },
    { line: 4, problem: /malformed JSON/ },
    { line: 5, problem: /jsonlog or csvlog/ },
  ])
  t.match(eventsOf(lines), [{ event: { action: 'trace-export' }, tracewarden: { traces: { count: 42 } } }])
})

const record = (more = {}) => ({
  eventVersion: '1.11',
  userIdentity: {
    type: 'AssumedRole',
    arn: 'arn:aws:sts::111122223333:assumed-role/reader/kim',
    accessKeyId: 'ASIA' + 'TESTTESTTESTTEST',
    sessionContext: { attributes: { creationDate: '2026-11-20T08:00:00Z' } },
  },
  eventTime: '2026-11-20T09:14:03Z',
  eventSource: 's3.amazonaws.com',
  eventName: 'GetObject',
  sourceIPAddress: '10.0.0.7',
  userAgent: '[aws-cli/2.27]',
  requestParameters: { bucketName: 'traces', key: 'prod/2026/a.ndjson' },
  additionalEventData: { bytesTransferredOut: 8120 },
  eventID: 'e-1',
  ...more,
})

t.test('CloudTrail’s log files, packed, and records one a line', async (t) => {
  const records = [
    record(),
    record({
      eventID: 'e-2',
      eventName: 'ListObjects',
      requestParameters: { bucketName: 'traces', prefix: 'prod' },
    }),
    record({ eventID: 'e-3', eventName: 'GetObject', errorCode: 'AccessDenied' }),
    record({ eventID: 'e-4', eventSource: 'kms.amazonaws.com', eventName: 'Decrypt' }),
  ]
  const packed = await read(t, 'cloudtrail', gzipSync(JSON.stringify({ Records: records })))
  const plain = await read(t, 'cloudtrail', records.map((each) => JSON.stringify(each)).join('\n'))
  t.same(packed, plain)
  t.match(eventsOf(packed), [
    {
      '@timestamp': '2026-11-20T09:14:03Z',
      event: { id: 'cloudtrail:e-1', action: 'trace-read', outcome: 'success' },
      user: { id: 'assumed-role/reader/kim' },
      user_agent: { original: 'aws-cli/2.27' },
      tracewarden: {
        connection: { name: 'traces', protocol: 's3' },
        collection: 'traces/prod/2026',
        traces: { count: 1, ids: ['prod/2026/a.ndjson'] },
        bytes: 8120,
      },
    },
    { event: { action: 'trace-search' }, tracewarden: { collection: 'traces/prod' } },
    { event: { outcome: 'failure', reason: 'AccessDenied' } },
  ])
  t.equal(eventsOf(packed).length, 3)
  const cut = await read(t, 'cloudtrail', JSON.stringify({ Records: records }).slice(0, -60))
  t.equal(eventsOf(cut).length, 3, 'what is whole is used')
  t.match(problemsOf(cut), [{ problem: 'malformed JSON' }])
  t.match(problemsOf(await read(t, 'cloudtrail', 'nothing\n{"a":1}')), [
    { line: 1, problem: 'malformed JSON' },
    { line: 2, problem: 'expected a record of CloudTrail' },
  ])
})

t.test('hoop’s sessions become start, reads and end', async (t) => {
  const session = {
    id: 's-1',
    user: 'kim@example.com',
    user_name: 'Kim',
    connection: 'warehouse',
    type: 'postgres',
    verb: 'connect',
    status: 'done',
    event_size: 900,
    start_date: '2026-11-20T09:00:00Z',
    end_date: '2026-11-20T09:10:00Z',
    event_stream: [
      [1.5, 'i', 'c2VsZWN0IDE='],
      [1.7, 'o', 'MQ=='],
      [60, 'i', 'c2VsZWN0IDI='],
    ],
  }
  const list = { total: 1, has_next_page: false, data: [session, { id: 7 }] }
  const lines = await read(t, 'hoop', JSON.stringify(list, null, 2))
  t.match(eventsOf(lines), [
    { event: { action: 'session-start' }, user: { id: 'kim@example.com', name: 'Kim' } },
    { '@timestamp': '2026-11-20T09:00:01.500Z', event: { action: 'trace-read' } },
    { '@timestamp': '2026-11-20T09:01:00.000Z', tracewarden: { connection: { name: 'warehouse' } } },
    {
      event: { action: 'session-end' },
      tracewarden: { session: { end: 'client', bytes: 900, requests: 2 } },
    },
  ])
  t.notMatch(JSON.stringify(eventsOf(lines)), /c2VsZWN0/)
  t.match(problemsOf(lines), [{ problem: 'expected a session of hoop' }])
})

t.test('reads that went round the gateway are found', async (t) => {
  const of = (id: string, credential: string, more: object = {}) => {
    const { user: _user, ...rest } = audit({ user: credential, session_id: id, ...more })
    return JSON.stringify({ ...rest, user: credential })
  }
  const lines = await read(
    t,
    'pgaudit',
    [
      of('through', 'tracewarden'),
      of('stranger', 'kim'),
      of('writer', 'ingest'),
      of('elsewhere', 'tracewarden', { remote_host: '10.9.9.9' }),
      of('silent', 'tracewarden', { timestamp: '2026-11-20 03:00:00 UTC' }),
      of('catalogue', 'tracewarden', {
        timestamp: '2026-11-20 03:00:00 UTC',
        message: 'AUDIT: SESSION,1,1,READ,SELECT,TABLE,pg_catalog.pg_class,x,<none>',
      }),
      of('another', 'kim', { dbname: 'billing' }),
    ].join('\n'),
  )
  async function* events() {
    yield* eventsOf(lines)
  }
  const request = Date.parse('2026-11-20T09:14:01Z')
  const found: string[] = []
  for await (const { event, why, connection } of reconcile(events(), {
    watched: [
      {
        connection: 'warehouse',
        protocol: 'postgres',
        holds: (name) => name === 'traces',
        credential: 'tracewarden',
      },
    ],
    expected: new Set(['ingest']),
    addresses: new Set(['10.0.0.7']),
    tolerance: 5000,
    recorded: async (_connection, from, to) => from <= request && request <= to,
  }))
    found.push(`${connection} ${event.tracewarden.session.id.slice(8)} ${why}`)
  t.same(found, [
    'warehouse stranger credential',
    'warehouse elsewhere address',
    'warehouse silent unrecorded',
  ])
})
