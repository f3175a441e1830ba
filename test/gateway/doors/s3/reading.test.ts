import { createHash } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import t from 'tap'
import { HOW } from '../../../support/s3.ts'
import { direct, realS3, SECRET, s3House } from './house.ts'

const server = await realS3(t)
if (!server) {
  const line = `NOT RUN S3 door: ${HOW}`
  if (process.env.CI === 'true') t.fail(line)
  else t.comment(line)
} else {
  const store = direct(t, server)
  const put = (Key: string, Body: string | Uint8Array, more: object = {}) =>
    store.send(new PutObjectCommand({ Bucket: 'traces', Key, Body, ...more }))
  await store.send(new CreateBucketCommand({ Bucket: 'traces' }))
  await store.send(new CreateBucketCommand({ Bucket: 'private' }))
  const line = (id: string, more: object = {}) =>
    `${JSON.stringify({ trace_id: id, n: 1, text: `the key is ${SECRET}`, customer_id: 'C-17', ...more })}\n`
  await put('one.json', JSON.stringify({ trace_id: 't1', time: 1700000000389, key: SECRET }))
  await put('day/many.ndjson', line('t1') + line('t2') + line('t3'))
  await put('day/many.ndjson.gz', gzipSync(line('t1') + line('t2')))
  await put(
    'day/table.csv',
    `trace_id,customer_id,note\r\nt1,C-17,"a ""quoted"" ${SECRET}"\r\nt2,C-18,plain\r\n`,
  )
  await put('unknown.bin', Buffer.from([0, 1, 2, 3, ...Buffer.from(SECRET)]))
  await put(`day/${SECRET}.json`, '{}')

  t.test('an engineer reads through the door what the store holds, masked', async (t) => {
    const { client, told } = await s3House(t, server)
    const read = async (Key: string, more: object = {}) => {
      const answer = await client.send(new GetObjectCommand({ Bucket: 'traces', Key, ...more }))
      return { ...answer, bytes: Buffer.from(await answer.Body!.transformToByteArray()) }
    }
    const buckets = await client.send(new ListBucketsCommand({}))
    t.same(
      buckets.Buckets?.map(({ Name }) => Name),
      ['traces'],
      'only what config offers',
    )
    await client.send(new HeadBucketCommand({ Bucket: 'traces' }))
    await t.rejects(client.send(new HeadBucketCommand({ Bucket: 'private' })), { name: 'NotFound' })

    const one = await read('one.json')
    t.equal(one.bytes.toString(), '{"trace_id":"t1","time":1700000000389,"key":"[masked:aws-access-key-id]"}')
    t.equal(one.ETag, `"${createHash('md5').update(one.bytes).digest('hex')}"`)
    t.equal(one.ContentLength, one.bytes.length)

    const head = await client.send(new HeadObjectCommand({ Bucket: 'traces', Key: 'one.json' }))
    t.equal(head.ContentLength, one.bytes.length, 'HEAD knows the length of what is sent')
    t.equal(head.ETag, one.ETag)

    const many = await read('day/many.ndjson')
    t.equal(many.bytes.toString().split('\n').length, 4)
    t.notMatch(many.bytes.toString(), /AKIA|C-17/)
    const piece = await read('day/many.ndjson', { Range: 'bytes=5-24' })
    t.equal(piece.ContentRange, `bytes 5-24/${many.bytes.length}`)
    t.same(piece.bytes, many.bytes.subarray(5, 25), 'a range is one of what is sent')
    t.same((await read('day/many.ndjson', { PartNumber: 1 })).bytes, many.bytes)
    await t.rejects(read('day/many.ndjson', { PartNumber: 2 }), { name: 'InvalidPartNumber' })

    const packed = await read('day/many.ndjson.gz')
    const unpacked = gunzipSync(packed.bytes).toString()
    t.equal(unpacked.split('\n').length, 3)
    t.notMatch(unpacked, /AKIA|C-17/)

    const table = await read('day/table.csv')
    t.equal(
      table.bytes.toString(),
      'trace_id,customer_id,note\r\nt1,[masked:customer_id],"a ""quoted"" [masked:aws-access-key-id]"\r\nt2,[masked:customer_id],plain\r\n',
    )
    await t.rejects(read('unknown.bin'), { name: 'AccessDenied', message: /its format is not known/ })
    await t.rejects(read('not-there'), { name: 'NoSuchKey' })

    const event = told('trace-read').find(
      ({ tracewarden }) => tracewarden.statement?.shape === 'GetObject *.ndjson',
    )
    t.match(event, {
      user: { id: 'ann' },
      tracewarden: {
        connection: { protocol: 's3' },
        collection: 'traces/day',
        traces: { count: 3, ids: ['t1', 't2', 't3'] },
        fields: { masked: ['aws-access-key-id', 'customer_id'] },
        verdict: 'mask',
      },
    })
  })

  t.test(
    'listings tell sizes and ETags of what is sent, and leave out keys that hold a secret',
    async (t) => {
      const { client } = await s3House(t, server)
      const listed = await client.send(new ListObjectsV2Command({ Bucket: 'traces' }))
      const keys = listed.Contents?.map(({ Key }) => Key)
      t.same(keys, ['day/many.ndjson', 'day/many.ndjson.gz', 'day/table.csv', 'one.json', 'unknown.bin'])
      for (const { Key, Size, ETag } of listed.Contents ?? []) {
        if (Key === 'unknown.bin') {
          t.equal(Size, 1024 ** 2, 'what cannot be shown has no size of its own')
          continue
        }
        const head = await client.send(new HeadObjectCommand({ Bucket: 'traces', Key }))
        t.same([Size, ETag], [head.ContentLength, head.ETag], `${Key}`)
      }
      const tree = await client.send(new ListObjectsV2Command({ Bucket: 'traces', Delimiter: '/' }))
      t.same(
        [tree.CommonPrefixes?.map(({ Prefix }) => Prefix), tree.Contents?.map(({ Key }) => Key)],
        [['day/'], ['one.json', 'unknown.bin']],
      )
      const paged: (string | undefined)[] = []
      let token: string | undefined
      do {
        const page = await client.send(
          new ListObjectsV2Command({ Bucket: 'traces', MaxKeys: 2, ContinuationToken: token }),
        )
        paged.push(...(page.Contents ?? []).map(({ Key }) => Key))
        token = page.NextContinuationToken
      } while (token !== undefined)
      t.same(paged, keys, 'pages go on where they ended')
      const old: (string | undefined)[] = []
      let marker: string | undefined
      do {
        const page = await client.send(
          new ListObjectsCommand({ Bucket: 'traces', MaxKeys: 1, Delimiter: '/', Marker: marker }),
        )
        old.push(
          ...(page.Contents ?? []).map(({ Key }) => Key),
          ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix),
        )
        marker = page.IsTruncated ? page.NextMarker : undefined
      } while (marker !== undefined)
      t.same(old, ['day/', 'one.json', 'unknown.bin'], 'version 1 too')
    },
  )
}
