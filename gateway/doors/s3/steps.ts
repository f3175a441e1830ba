import type { RequestFacts } from '../../policy/facts.ts'
import { unrecorded } from '../inquiry/commit.ts'
import { nameless } from '../inquiry/shown.ts'
import type { Door } from './door-context.ts'
import { fail } from './errors.ts'
import { notOffered, sentHeaders } from './request/headers.ts'
import { argumentsOf, operationOf } from './request/operations.ts'
import { type Address, addressOf, canonicalTarget } from './request/target.ts'
import type { S3Request } from './s3-request.ts'
import { claimOf, verify } from './sigv4/verify.ts'
import { refuse } from './techniques.ts'

const METHODS = new Set(['GET', 'HEAD', 'PUT', 'POST', 'DELETE'])

/** One reading of the request: of its head, its target and what it says of its signature. */
export function canonicalize(door: Door, x: S3Request): void {
  const { req } = x
  x.sent = sentHeaders(req.rawHeaders)
  x.target = canonicalTarget(req.url ?? '')
  if (!METHODS.has(req.method ?? '')) throw fail('TW_S3_METHOD', { method: req.method })
  x.claim = claimOf(x.target, x.sent, {
    region: door.connection.region,
    now: door.clock.now(),
    presigned: door.connection.presigned,
  })
}

/** Whose key signed it, and whether it did; then the session this belongs to. */
export async function identify(door: Door, x: S3Request): Promise<void> {
  const { accessKeyId } = x.claim!
  door.unauthenticated.presented(accessKeyId, x.req.socket.remoteAddress ?? '')
  const { secret, identity } =
    door.identity.s3KeyCached(accessKeyId) ?? (await door.identity.s3Key(accessKeyId))
  x.proven = verify(x.claim!, x.req.method!, x.target!, x.sent, secret)
  x.identity = identity
  const refusal = door.identity.refusal(identity.person.user)
  if (refusal) throw refusal
  try {
    x.session = await door.sessions.enter(x.opening())
  } catch (error) {
    throw unrecorded(error)
  }
}

/** What is asked, as S3 names it, and the facts that policy needs. */
export function route(door: Door, x: S3Request): void {
  const target = x.target!
  x.address = addressOf(target, x.sent.host ?? '', door.connection.virtual_hosts)
  x.args = argumentsOf(target.query)
  for (const name of x.args.keys())
    if (name.startsWith('response-')) throw refuse('TW_S3_HEADERS', 'response-override')
  const foreign = notOffered(x.sent)
  if (foreign !== undefined) throw fail('TW_S3_HEADERS', { technique: foreign })
  x.operation = operationOf(x.req.method!, x.address, x.args, x.sent)
  const { bucket, key } = x.address
  x.shape = door.readingOf(bucket, key).shape
  x.facts = factsOf(door, x)
  if (bucket !== '' && !door.offers(bucket)) throw fail('TW_S3_NO_BUCKET')
  if (x.args.has('versionId') && door.connection.versions === 'refuse')
    throw fail('TW_S3_ARGUMENT', { name: 'versionId', problem: 'older versions are not shown here' })
}

function factsOf(door: Door, x: S3Request): RequestFacts {
  const { scrub } = x.snapshot
  const { bucket, key } = x.address
  const operation = x.operation!
  const prefix = key === '' ? (x.args.get('prefix') ?? '') : key
  const slash = prefix.indexOf('/')
  const collection = slash < 0 ? bucket : `${bucket}/${prefix.slice(0, slash)}`
  const asked = Number(x.args.get('max-keys') ?? Number.NaN)
  const names = [...x.args.keys()].filter((name) => /^[A-Za-z-]{1,32}$/.test(name)).sort()
  const extension = /\.([A-Za-z0-9]{1,10}(?:\.gz)?)$/.exec(key)?.[1]
  return {
    connection: door.connection.name,
    protocol: 's3',
    action: operation.action,
    route: operation.name === 'unknown' ? 'unknown' : `s3.${kebab(operation.name)}`,
    ...(bucket === '' ? {} : { collection: scrub(collection) }),
    ...(operation.name === 'GetObject' ? { traceIds: [nameless(objectId(x.address), scrub)] } : {}),
    ...(Number.isSafeInteger(asked) && asked >= 0 ? { requested: asked } : {}),
    predicates: [],
    shape: scrub(
      [operation.name, extension === undefined ? '' : `*.${extension}`, ...names].filter(Boolean).join(' '),
    ),
    // Ranges and pages of the same are one query; policy binds a grant to person, connection and collection too.
    logical: JSON.stringify([
      operation.name,
      bucket,
      key,
      x.args.get('versionId') ?? '',
      x.args.get('prefix') ?? '',
    ]),
    bypass: operation.bypass ? [operation.bypass] : [],
  }
}

/** What an object is called where ids of traces are: in events, windows and canaries. */
export const objectId = ({ bucket, key }: Address): string => `s3://${bucket}/${key}`

const kebab = (name: string) => name.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase()
