import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import t from 'tap'
import { request } from 'undici'
import { HOW } from '../../../support/s3.ts'
import { until } from '../http/house.ts'
import { raw } from '../http/raw.ts'
import { direct, realS3, SECRET, s3House } from './house.ts'

const server = await realS3(t)
if (!server) {
  const line = `NOT RUN S3 door: ${HOW}`
  if (process.env.CI === 'true') t.fail(line)
  else t.comment(line)
} else {
  const store = direct(t, server)
  const Bucket = 'traces'
  await store.send(new CreateBucketCommand({ Bucket }))
  const line = (id: string) => `${JSON.stringify({ trace_id: id, text: `the key is ${SECRET}` })}\n`
  await store.send(
    new PutObjectCommand({ Bucket, Key: 'many.ndjson', Body: line('t1') + line('t2') + line('t3') }),
  )
  await store.send(new PutObjectCommand({ Bucket, Key: 'one.json', Body: '{"trace_id":"t9"}' }))

  t.test('writers upload, in one piece and in parts, and delete', async (t) => {
    const { client, told } = await s3House(t, server)
    const text = async (Key: string) =>
      (await store.send(new GetObjectCommand({ Bucket, Key }))).Body!.transformToString()
    const body = '{"a": "käse"}'
    await t.rejects(
      client.send(new CreateBucketCommand({ Bucket })),
      { name: 'BucketAlreadyOwnedByYou' },
      'rclone asks before it uploads',
    )
    const put = await client.send(
      new PutObjectCommand({ Bucket, Key: 'up/ä +1.json', Body: body, Metadata: { mtime: '7' } }),
    )
    t.equal(await text('up/ä +1.json'), body)
    const back = await client.send(new GetObjectCommand({ Bucket, Key: 'up/ä +1.json' }))
    t.equal(back.ETag, put.ETag, 'what hides nothing has the ETag it was stored with')
    t.equal(back.Metadata?.mtime, '7')
    await t.rejects(
      client.send(new PutObjectCommand({ Bucket, Key: 'bad', Body: 'x', ChecksumCRC32: 'AAAAAA==' })),
      'a checksum that does not fit is refused by the store itself',
    )

    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'up/big.ndjson' }))
    const piece = Buffer.from(`{"n":"${'x'.repeat(1000)}"}\n`.repeat(5300))
    const Parts = []
    for (const PartNumber of [1, 2]) {
      const { ETag } = await client.send(
        new UploadPartCommand({ Bucket, Key: 'up/big.ndjson', UploadId, PartNumber, Body: piece }),
      )
      Parts.push({ ETag, PartNumber })
    }
    const listed = await client.send(new ListPartsCommand({ Bucket, Key: 'up/big.ndjson', UploadId }))
    t.equal(listed.Parts?.length, 2)
    await client.send(
      new CompleteMultipartUploadCommand({
        Bucket,
        Key: 'up/big.ndjson',
        UploadId,
        MultipartUpload: { Parts },
      }),
    )
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'up/big.ndjson' }))
    t.equal(head.ContentLength, piece.length * 2)
    const other = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'up/none' }))
    await client.send(new AbortMultipartUploadCommand({ Bucket, Key: 'up/none', UploadId: other.UploadId }))

    await client.send(new DeleteObjectCommand({ Bucket, Key: 'up/big.ndjson' }))
    const gone = await client.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'up/ä +1.json' }] } }),
    )
    t.same(
      gone.Deleted?.map(({ Key }) => Key),
      ['up/ä +1.json'],
    )
    const left = await store.send(new ListObjectsV2Command({ Bucket, Prefix: 'up/' }))
    t.equal(left.KeyCount, 0)
    t.ok(
      told('trace-write').every(
        ({ event }) => event.outcome === 'success' || event.reason?.includes('TW_S3'),
      ),
    )
  })

  t.test('who is no writer does not write; copies and configuration nobody does', async (t) => {
    const { client, told } = await s3House(t, server, { connection: { writers: ['nobody'], deleters: [] } })
    const denied = { name: 'AccessDenied' }
    await t.rejects(client.send(new PutObjectCommand({ Bucket, Key: 'x', Body: 'x' })), denied)
    await t.rejects(client.send(new DeleteObjectCommand({ Bucket, Key: 'one.json' })), denied)
    await t.rejects(
      client.send(new CopyObjectCommand({ Bucket, Key: 'x', CopySource: `${Bucket}/one.json` })),
      denied,
    )
    await t.rejects(client.send(new PutBucketPolicyCommand({ Bucket, Policy: '{}' })), denied)
    await t.rejects(client.send(new CreateBucketCommand({ Bucket: 'traces-mine' })), denied)
    t.match(told('trace-export'), [
      { event: { outcome: 'failure' }, tracewarden: { bypass: ['server-side-copy'] } },
    ])
    t.equal(told('policy-tamper').length, 1)
    const { Contents } = await store.send(new ListObjectsV2Command({ Bucket }))
    t.same(
      Contents?.map(({ Key }) => Key),
      ['many.ndjson', 'one.json'],
    )
  })

  t.test('many traces need an approval, asked once for all the pieces of a download', async (t) => {
    const house = await s3House(t, server, { policy: {} })
    const get = (Range?: string) =>
      house.client.send(new GetObjectCommand({ Bucket, Key: 'many.ndjson', Range }))
    await t.rejects(get(), {
      name: 'AccessDenied',
      message: /content of 3 traces.*Approval .* trace-owners/s,
    })
    const { approvals } = await house.approvals.list({ limit: 10 })
    t.equal(approvals.length, 1)
    await house.approvals.decide(approvals[0]!.id, house.reviewer, {
      decision: 'approve',
      reason: 'a look',
      scope: 'once',
      via: 'console',
    })
    const pieces = await Promise.all([get('bytes=0-19'), get('bytes=20-39'), get('bytes=40-59')])
    t.same(
      pieces.map(({ ContentLength }) => ContentLength),
      [20, 20, 20],
      'one use of the grant serves the pieces of one download',
    )
    const list = await house.client.send(new ListObjectsV2Command({ Bucket }))
    t.equal(list.KeyCount, 2, 'a listing shows no content and needs none')
  })

  t.test('presigned URLs are refused, or live as long as config says', async (t) => {
    const closed = await s3House(t, server)
    const link = (client: typeof closed.client, expiresIn: number) =>
      getSignedUrl(client, new GetObjectCommand({ Bucket, Key: 'one.json' }), { expiresIn })
    const refused = await request(await link(closed.client, 60))
    t.equal(refused.statusCode, 403)
    t.match(await refused.body.text(), /Presigned URLs are not accepted/)
    const open = await s3House(t, server, { connection: { presigned: '1m' } })
    const served = await request(await link(open.client, 60))
    t.equal(await served.body.text(), '{"trace_id":"t9"}')
    const longer = await request(await link(open.client, 61))
    t.equal(longer.statusCode, 403)
    await longer.body.dump()
    open.advance(61_000)
    const late = await request(
      await link(open.client, 60).then((url) => url.replace(/Expires=60/, 'Expires=59')),
    )
    t.equal(late.statusCode, 403, 'a changed life is no valid signature')
    await late.body.dump()
  })

  t.test('strangers, the suspended and the malformed get nothing, in S3’s own form', async (t) => {
    const house = await s3House(t, server)
    const wrong = house.clientOf({
      ...house.key,
      secretAccessKey: `${house.key.secretAccessKey}x`,
    })
    const get = new GetObjectCommand({ Bucket, Key: 'one.json' })
    await t.rejects(wrong.send(get), { name: 'SignatureDoesNotMatch' })
    const unknown = house.clientOf({ accessKeyId: 'TWAK' + 'TESTTESTTESTTEST', secretAccessKey: 'x' })
    await t.rejects(unknown.send(get), { name: 'InvalidAccessKeyId' })
    await t.rejects(house.clientOf(house.key, { region: 'eu-west-1' }).send(get), {
      name: 'AuthorizationHeaderMalformed',
    })
    const late = house.clientOf(house.key, { systemClockOffset: -16 * 60_000 })
    await t.rejects(late.send(get), { name: 'RequestTimeTooSkewed' })
    const anonymous = await request(`http://${house.address()}/${Bucket}/one.json`)
    t.equal(anonymous.statusCode, 403)
    t.match(await anonymous.body.text(), /<Code>AccessDenied<\/Code>.*<RequestId>/s)
    for (const path of [
      '/traces/../private/x',
      '/traces/%2e%2e/x',
      '/traces/a%2Fb',
      '/traces//x',
      'http://x/traces',
    ]) {
      const answer = await raw(
        house.address(),
        `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
      )
      t.match(answer, /^HTTP\/1.1 40[03]/, path)
    }
    await t.rejects(house.client.send(new GetObjectCommand({ Bucket, Key: 'a/%2e%2e/b' })), {
      name: 'InvalidURI',
    })
    await t.rejects(
      house.client.send(new ListObjectsV2Command({ Bucket, Delimiter: 'e' })),
      { name: 'InvalidArgument' },
      'a delimiter that cuts keys anywhere would spell out those that are left out',
    )
    await until(() => house.told('auth-failure').length > 0)
    await house.identity.suspend('ann', 'rev', 'test')
    await t.rejects(house.client.send(get), { name: 'AccessDenied', message: /suspended/ })
  })
}
