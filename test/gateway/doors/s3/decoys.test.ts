import { gunzipSync } from 'node:zlib'
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import t from 'tap'
import { HOW } from '../../../support/s3.ts'
import { until } from '../http/house.ts'
import { direct, realS3, s3House } from './house.ts'

const Bucket = 'traces'

const server = await realS3(t)
if (!server) {
  const missing = `NOT RUN decoys of the S3 door: ${HOW}`
  if (process.env.CI === 'true') t.fail(missing)
  else t.comment(missing)
} else
  t.test('a decoy stands among the objects of a bucket, and is one to whoever reads it', async (t) => {
    const store = direct(t, server)
    await store.send(new CreateBucketCommand({ Bucket }))
    const keys = ['runs/2026/a.jsonl', 'runs/2026/b.jsonl', 'runs/2026/z.jsonl', 'other.json']
    for (const Key of keys)
      await store.send(new PutObjectCommand({ Bucket, Key, Body: `{"trace_id":"${Key}"}\n` }))
    const place = `${Bucket}/runs/2026/h-{id}.jsonl.gz`
    const canaries = [{ name: 'payroll', plant: { in: [place], bait: 'aws-key' } }]
    const h = await s3House(t, server, {
      policy: { builtin: { approve_multiple: false, block_export: false }, canaries },
    })
    const { id, bait } = h.decoys()[0]!
    const key = id.slice(`s3://${Bucket}/`.length)
    const list = async (more: object) => {
      const page = await h.client.send(new ListObjectsV2Command({ Bucket, ...more }))
      return { ...page, keys: page.Contents?.map((one) => one.Key) ?? [] }
    }
    const all = await list({})
    t.same(all.keys, [...keys, key].sort(), 'in order')
    t.equal(all.KeyCount, 5)
    const paged: (string | undefined)[][] = []
    for (let token: string | undefined = ''; token !== undefined; ) {
      const page = await list({ MaxKeys: 2, ...(token ? { ContinuationToken: token } : {}) })
      paged.push(page.keys)
      token = page.NextContinuationToken
    }
    t.same(paged, [all.keys.slice(0, 2), all.keys.slice(2, 4), all.keys.slice(4)], 'pages fit')
    const folders = await list({ Delimiter: '/' })
    t.same([folders.keys, folders.CommonPrefixes], [['other.json'], [{ Prefix: 'runs/' }]])
    t.same(h.told('canary-read'), [], 'lists are no matter')

    const listed = all.Contents?.find((one) => one.Key === key)
    const head = await h.client.send(new HeadObjectCommand({ Bucket, Key: key }))
    const got = await h.client.send(new GetObjectCommand({ Bucket, Key: key }))
    const bytes = Buffer.from(await got.Body!.transformToByteArray())
    t.same([head.ContentLength, head.ETag], [bytes.length, got.ETag])
    t.same([listed?.Size, listed?.ETag], [bytes.length, got.ETag], 'sizes and ETags agree everywhere')
    t.ok(gunzipSync(bytes).toString().includes(bait!.value), 'the bait is in it')
    t.match(h.told('canary-read'), [
      {
        event: { outcome: 'success' },
        user: { id: 'ann' },
        tracewarden: { canary: { name: 'payroll', kind: 'trace', decoy: id } },
      },
    ])

    const [accessKeyId = '', secretAccessKey = ''] = bait!.value.split(' ')
    const thief = h.clientOf({ accessKeyId, secretAccessKey })
    await t.rejects(thief.send(new ListObjectsV2Command({ Bucket })))
    await until(() => h.told('canary-read').length > 1)
    t.match(h.told('canary-read')[1], {
      event: { outcome: 'failure' },
      source: { ip: '127.0.0.1' },
      tracewarden: { canary: { name: 'payroll', kind: 'credential' } },
    })
  })
