import { writeFileSync } from 'node:fs'
import { Agent } from 'node:https'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import t, { type Test } from 'tap'
import { issue } from '../../../support/certificate.ts'
import { HOW } from '../../../support/s3.ts'
import { direct, realS3, SECRET, s3House } from './house.ts'

const line = (id: string) => `${JSON.stringify({ trace_id: id, text: `the key is ${SECRET}` })}\n`
const MASKED = line('t1').replace(SECRET, '[masked:aws-access-key-id]')
const LINES = 1_500
/** More than the sockets on the way hold, so that a cut is in the middle of it. */
const LONG = Array.from({ length: LINES }, (_, i) =>
  line(`t${i % 9}`).replace('the key', `${'thinking '.repeat(220)}the key`),
).join('')

/** A line to the server that breaks once so many bytes of an answer have come, as long as `limit` says so. */
async function frail(t: Test, endpoint: string) {
  const state = { limit: Number.POSITIVE_INFINITY, broken: 0 }
  const { hostname, port } = new URL(endpoint)
  const server = createServer((near) => {
    const far = connect(Number(port), hostname)
    let passed = 0
    near.on('error', () => far.destroy())
    far.on('error', () => near.destroy())
    near.on('close', () => far.destroy())
    near.pipe(far)
    far.on('data', (bytes: Buffer) => {
      passed += bytes.length
      if (passed <= state.limit) return void near.write(bytes)
      state.broken++
      near.destroy()
      far.destroy()
    })
    far.on('end', () => near.end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('no port')
  return { state, endpoint: `http://127.0.0.1:${address.port}` }
}

const server = await realS3(t)
if (!server) {
  const missing = `NOT RUN S3 door, further ways: ${HOW}`
  if (process.env.CI === 'true') t.fail(missing)
  else t.comment(missing)
} else {
  const store = direct(t, server)
  await store.send(new CreateBucketCommand({ Bucket: 'traces' }))
  for (const [Key, Body] of [
    ['one.ndjson', line('t1')],
    ['payroll.ndjson', line('t1')],
    ['long.ndjson', LONG],
  ] as const)
    await store.send(new PutObjectCommand({ Bucket: 'traces', Key, Body }))
  const read = async (client: S3Client, Key: string, more: object = {}) => {
    const answer = await client.send(new GetObjectCommand({ Bucket: 'traces', Key, ...more }))
    return { text: (await answer.Body?.transformToString()) ?? '', answer }
  }

  t.test('a client reads by virtual host over TLS', async (t) => {
    const authority = issue('the house')
    const own = issue('*.s3.door.test', { by: authority })
    const directory = t.testdir()
    writeFileSync(join(directory, 'tls.crt'), own.cert)
    writeFileSync(join(directory, 'tls.key'), own.key)
    const h = await s3House(t, server, {
      connection: {
        tls: { cert: join(directory, 'tls.crt'), key: join(directory, 'tls.key') },
        virtual_hosts: ['s3.door.test'],
      },
    })
    const asked: string[] = []
    const agent = new Agent({
      ca: authority.cert,
      lookup(host, options, found) {
        asked.push(host)
        if (options.all) found(null, [{ address: '127.0.0.1', family: 4 }])
        else found(null, '127.0.0.1', 4)
      },
    })
    t.teardown(() => agent.destroy())
    const port = h.address().split(':')[1]
    const client = h.clientOf(h.key, {
      endpoint: `https://s3.door.test:${port}`,
      forcePathStyle: false,
      requestHandler: { httpsAgent: agent },
    })
    t.equal((await read(client, 'one.ndjson')).text, MASKED)
    const listed = await client.send(new ListObjectsV2Command({ Bucket: 'traces', Prefix: 'one' }))
    t.same(
      listed.Contents?.map(({ Key }) => Key),
      ['one.ndjson'],
    )
    t.same([...new Set(asked)], ['traces.s3.door.test'], 'the bucket stood in the host')
    const plain = h.clientOf(h.key, { endpoint: `http://${h.address()}` })
    await t.rejects(read(plain, 'one.ndjson'), 'plain text is not spoken there')
  })

  t.test('observing, the door tells what it would have hidden, and hides nothing', async (t) => {
    const h = await s3House(t, server, { connection: { mode: 'observe' }, policy: {} })
    t.equal((await read(h.client, 'one.ndjson')).text, line('t1'))
    t.equal((await read(h.client, 'long.ndjson')).text.length, LONG.length, 'nor does anybody wait')
    const told = h.told('trace-read')
    t.match(told[0]?.tracewarden, { fields: { masked: ['aws-access-key-id'] }, traces: { count: 1 } })
    t.ok(
      told.every(({ event, tracewarden }) => event.outcome === 'success' && tracewarden.mode === 'observe'),
      'and each event says that it was only watched',
    )
  })

  t.test('of an object whose server dies in the middle nothing is shown, and nothing is kept', async (t) => {
    const way = await frail(t, server.endpoint)
    const h = await s3House(t, server, { connection: { backend: way.endpoint } })
    way.state.limit = 1_000_000
    await t.rejects(read(h.client, 'long.ndjson'), { message: /TW_S3_BACKEND_BROKEN/ })
    t.equal(way.state.broken, 1, 'it was cut in the middle')
    t.match(h.told('trace-read').at(-1), { event: { outcome: 'failure' } })
    t.notOk(h.told('trace-read').at(-1)?.tracewarden.bytes, 'nothing was released')
    way.state.limit = Number.POSITIVE_INFINITY
    const { text, answer } = await read(h.client, 'long.ndjson')
    t.equal(text.split('\n').length, LINES + 1, 'the next reader gets all of it')
    t.notMatch(text, SECRET)
    t.equal(answer.ContentLength, Buffer.byteLength(text))
  })

  t.test(
    'an object that config calls a canary is told of when it is read, not when it is listed',
    async (t) => {
      const canaries = [{ name: 'payroll', traces: ['s3://traces/payroll.ndjson'] }]
      const h = await s3House(t, server, {
        policy: { builtin: { approve_multiple: false }, canaries },
      })
      await h.client.send(new ListObjectsV2Command({ Bucket: 'traces' }))
      await read(h.client, 'one.ndjson')
      t.same(h.told('canary-read'), [])
      t.equal((await read(h.client, 'payroll.ndjson')).text, MASKED, 'it reads like any other')
      t.match(h.told('canary-read'), [
        { user: { id: 'ann' }, event: { outcome: 'success' }, tracewarden: { canary: { name: 'payroll' } } },
      ])
    },
  )

  t.test('an older version is refused and told, as long as config does not allow it', async (t) => {
    const version = { VersionId: 'null' }
    const h = await s3House(t, server)
    await t.rejects(read(h.client, 'one.ndjson', version), { message: /TW_S3_ARGUMENT/ })
    const head = new HeadObjectCommand({ Bucket: 'traces', Key: 'one.ndjson', ...version })
    await t.rejects(h.client.send(head), 'its length would tell of it')
    t.ok(
      h.told('trace-read').every(({ event }) => event.outcome === 'failure'),
      'nothing was read',
    )
  })
}
