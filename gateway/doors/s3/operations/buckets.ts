import { iso } from '../../../../core/clock.ts'
import type { Door } from '../door-context.ts'
import { fail } from '../errors.ts'
import { releaseWhole } from '../release.ts'
import type { S3Request } from '../s3-request.ts'
import { elementsOf, textOf } from '../xml/parse.ts'
import { printXml } from '../xml/print.ts'

/** ListBuckets: those that config offers and that exist. Who owns them is nobody's business. */
export async function listBuckets(door: Door, x: S3Request): Promise<void> {
  const document = await door.backend.xml({ method: 'GET' })
  if (!document) throw fail('TW_S3_BACKEND_BROKEN')
  const root = document.ListAllMyBucketsResult
  const prefix = x.args.get('prefix') ?? ''
  const offered = elementsOf(elementsOf({ root }, 'root')[0]?.Buckets, 'Bucket')
    .map((bucket) => ({ name: textOf(bucket.Name), created: Date.parse(textOf(bucket.CreationDate)) }))
    .filter(({ name }) => door.offers(name) && name.startsWith(prefix) && x.snapshot.scrub(name) === name)
  const person = x.identity!.person
  const body = printXml('ListAllMyBucketsResult', {
    Owner: { ID: person.user, DisplayName: person.user },
    Buckets: {
      Bucket: offered.map(({ name, created }) => ({
        Name: name,
        CreationDate: iso(Number.isFinite(created) ? created : 0),
      })),
    },
  })
  await releaseWhole(door, x, { status: 200, body: Buffer.from(body) })
}

/** HeadBucket: it is there, and where. */
export async function headBucket(door: Door, x: S3Request): Promise<void> {
  const answer = await door.backend.send({ method: 'HEAD', bucket: x.address.bucket })
  answer.discard()
  if (answer.status === 404) throw fail('TW_S3_NO_BUCKET')
  await releaseWhole(door, x, { status: 200, headers: { 'x-amz-bucket-region': door.connection.region } })
}

/** CreateBucket, which some clients ask before each upload: makes none, and says so of one that is there. */
export async function createBucket(door: Door, x: S3Request): Promise<void> {
  const answer = await door.backend.send({ method: 'HEAD', bucket: x.address.bucket })
  answer.discard()
  if (answer.status === 404) throw fail('TW_S3_NO_BUCKET')
  throw fail('TW_S3_BUCKET_EXISTS')
}

/** GetBucketLocation: the region that clients sign for. The first region of all has no name here. */
export async function bucketLocation(door: Door, x: S3Request): Promise<void> {
  const { region } = door.connection
  const body = printXml('LocationConstraint', region === 'us-east-1' ? '' : region)
  await releaseWhole(door, x, { status: 200, body: Buffer.from(body) })
}
